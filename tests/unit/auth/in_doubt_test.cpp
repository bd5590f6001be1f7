// SPDX-License-Identifier: Apache-2.0
#include "unit/auth/auth_fixture.h"

#include <thread>

namespace gatehouse::test {
namespace {

class InDoubt : public AuthFixture {};

TEST_F(InDoubt, ARefreshWhoseWriteHappenedIsRecognisedAndAnswered) {
  const auto first = signup();
  store_faults.answer_after(StoreVerb::Commit, GH_IN_DOUBT, 1);
  const auto second = refresh(first.text("refreshToken"));
  ASSERT_EQ(second.status, 200);
  EXPECT_EQ(refresh(second.text("refreshToken")).status, 200);
}

TEST_F(InDoubt, ARefreshWhoseWriteDidNotHappenSpendsNothing) {
  const auto first = signup();
  store_faults.answer(StoreVerb::Commit, GH_IN_DOUBT, 1);
  EXPECT_EQ(refresh(first.text("refreshToken")).code, Code::InDoubt);
  EXPECT_EQ(refresh(first.text("refreshToken")).status, 200);
}

TEST_F(InDoubt, ARefreshThatCannotReadBackIsAnOutageAndItsRetryFindsTheSuccessor) {
  const auto first = signup();
  store_faults.answer_after(StoreVerb::Commit, GH_IN_DOUBT, 1);
  // The read of the session and of the user pass, the read-back does not.
  const auto reads = store_faults.calls(StoreVerb::Get);
  store_faults.hold(StoreVerb::Commit);
  Answer lost;
  std::thread client([&] { lost = refresh(first.text("refreshToken"), "retry-1"); });
  store_faults.wait_held(StoreVerb::Commit);
  EXPECT_GT(store_faults.calls(StoreVerb::Get), reads);
  store_faults.answer(StoreVerb::Get, GH_UNAVAILABLE);
  store_faults.release(StoreVerb::Commit);
  client.join();
  EXPECT_EQ(lost.status, 0);
  store_faults.clear();
  const auto repeated = refresh(first.text("refreshToken"), "retry-1");
  ASSERT_EQ(repeated.status, 200);
  EXPECT_EQ(refresh(repeated.text("refreshToken"), "retry-2").status, 200);
}

TEST_F(InDoubt, ALogoutInDoubtIsNeverReportedAsDone) {
  const auto first = signup();
  store_faults.answer(StoreVerb::Commit, GH_IN_DOUBT, 1);
  EXPECT_EQ(post("/logout", nlohmann::json::object(), first.text("accessToken")).status, 0);
}

TEST_F(InDoubt, ASignupInDoubtThatHappenedCanLogIn) {
  store_faults.answer_after(StoreVerb::Commit, GH_IN_DOUBT, 1);
  EXPECT_EQ(signup().code, Code::InDoubt);
  EXPECT_EQ(login().status, 200);
}

TEST_F(InDoubt, APasswordResetThatHappenedIsRecognisedAndOneThatDidNotSpendsNothing) {
  signup();
  mails();
  post("/forgot-password", {{"email", "ada@example.org"}});
  const auto token = only_mail().token;
  const auto reset = [&] {
    return post("/reset-password", {{"token", token}, {"password", "Staple-Battery-91-Horse"}});
  };
  store_faults.answer(StoreVerb::Commit, GH_IN_DOUBT, 1);
  EXPECT_EQ(reset().code, Code::InDoubt);
  store_faults.answer_after(StoreVerb::Commit, GH_IN_DOUBT, 1);
  EXPECT_EQ(reset().status, 204);
  EXPECT_EQ(login("ada@example.org", "Staple-Battery-91-Horse").status, 200);
}

TEST_F(InDoubt, AVerificationThatHappenedIsRecognisedAndOneThatDidNotSpendsNothing) {
  signup();
  const auto token = only_mail().token;
  store_faults.answer(StoreVerb::Commit, GH_IN_DOUBT, 1);
  EXPECT_EQ(post("/verify-email", {{"token", token}}).code, Code::InDoubt);
  store_faults.answer_after(StoreVerb::Commit, GH_IN_DOUBT, 1);
  EXPECT_EQ(post("/verify-email", {{"token", token}}).status, 200);
}

TEST_F(InDoubt, AChangedPasswordThatWasStoredOpensItsSession) {
  const auto session = signup();
  store_faults.answer_after(StoreVerb::Commit, GH_IN_DOUBT, 1);
  const auto changed =
      post("/change-password", {{"currentPassword", good_password}, {"newPassword", "Staple-Battery-91-Horse"}},
           session.text("accessToken"));
  ASSERT_EQ(changed.status, 200);
  EXPECT_EQ(get("/user", changed.text("accessToken")).status, 200);
}

}  // namespace
}  // namespace gatehouse::test
