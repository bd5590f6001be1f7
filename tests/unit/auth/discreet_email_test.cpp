// SPDX-License-Identifier: Apache-2.0
#include "unit/auth/auth_fixture.h"

#include <thread>

namespace gatehouse::test {
namespace {

constexpr const char* free_address = "nobody@example.org";
constexpr const char* taken_address = "grace@example.org";

// Whoever has an account of their own asks for the address of others: what they see must not depend on whether there
// is an account.
class DiscreetEmail : public AuthFixture {
 protected:
  DiscreetEmail() : AuthFixture(discreet()) {}
  static app::ServiceSettings discreet() {
    app::ServiceSettings settings;
    settings.handlers.reveal_existing = false;
    return fast(std::move(settings));
  }

  void account(const std::string& email) {
    signup(email);
    ASSERT_EQ(post("/verify-email", {{"token", only_mail().token}}).status, 200);
  }
  std::string bearer(const std::string& email) { return login(email).text("accessToken"); }
  Answer change(const std::string& bearer, const std::string& email) {
    return post("/change-email", {{"email", email}}, bearer);
  }
};

TEST_F(DiscreetEmail, AnEarlierLinkIsVoidWhetherTheNextAddressIsFreeOrTaken) {
  account(taken_address);
  for (const std::string next : {free_address, taken_address}) {
    const auto own = "own-" + next;
    account(own);
    const auto token = bearer(own);
    ASSERT_EQ(change(token, "new-" + own).status, 202);
    std::string link;
    for (const auto& mail : mails()) link += mail.token;
    ASSERT_EQ(change(token, next).status, 202);
    EXPECT_EQ(post("/verify-email", {{"token", link}}).code, Code::InvalidVerificationToken) << next;
    mails();
  }
}

TEST_F(DiscreetEmail, NobodyElseHearsOfARequestForATakenAddress) {
  account(taken_address);
  account("ada@example.org");
  ASSERT_EQ(change(bearer("ada@example.org"), taken_address).status, 202);
  EXPECT_EQ(only_mail().to, "ada@example.org");
}

TEST_F(DiscreetEmail, OfTwoRequestsAtOnceBothAreAcceptedWhetherTheAddressIsFreeOrTaken) {
  account(taken_address);
  for (const std::string next : {free_address, taken_address}) {
    const auto own = "own-" + next;
    account(own);
    const auto token = bearer(own);
    Answer answers[2];
    store_faults.hold(StoreVerb::Commit);
    std::thread first([&] { answers[0] = change(token, next); });
    std::thread second([&] { answers[1] = change(token, next); });
    store_faults.wait_held(StoreVerb::Commit, 2);
    store_faults.release(StoreVerb::Commit);
    first.join();
    second.join();
    EXPECT_EQ(answers[0].status, 202) << next << answers[0].refusal();
    EXPECT_EQ(answers[1].status, 202) << next << answers[1].refusal();
    mails();
  }
}

}  // namespace
}  // namespace gatehouse::test
