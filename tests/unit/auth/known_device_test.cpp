// SPDX-License-Identifier: Apache-2.0
#include "auth/failed_password.h"
#include "unit/auth/lockout_fixture.h"

#include <gatehouse/abi.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

class KnownDevice : public Lockout {
 protected:
  static constexpr const char* second_home = "192.0.2.80";
  static constexpr const char* thief = "198.51.100.66";

  Answer change_password(const std::string& bearer) {
    return post("/change-password", {{"currentPassword", good_password}, {"newPassword", fresh}}, bearer);
  }
};

TEST_F(KnownDevice, IsTheOneThatAnAccountWasMadeFrom) {
  ASSERT_EQ(signup().status, 201);
  strangers_guess();
  EXPECT_EQ(login_from(second_home).code, Code::AccountLocked);
  EXPECT_EQ(login().status, 200);
}

TEST_F(KnownDevice, StaysTheOneThatAnAccountWasMadeFromWhenItsAddressIsConfirmedThere) {
  ASSERT_EQ(signup().status, 201);
  ASSERT_EQ(post("/verify-email", {{"token", only_mail().token}}).status, 200);
  strangers_guess();
  EXPECT_EQ(login_from(second_home).code, Code::AccountLocked);
  EXPECT_EQ(login().status, 200);
}

TEST_F(KnownDevice, IsTheOneWhereAPasswordWasShownAgain) {
  const auto session = signup().text("accessToken");
  client_address = second_home;
  ASSERT_EQ(post("/reauthenticate", {{"password", good_password}}, session).status, 200);
  strangers_guess();
  EXPECT_EQ(login().status, 200);
  EXPECT_EQ(login_from(thief).code, Code::AccountLocked);
}

TEST_F(KnownDevice, IsAfterAChangeOfThePasswordOnlyTheOneItWasChangedFrom) {
  const auto session = signup().text("accessToken");
  ASSERT_EQ(login_from(thief).status, 200);
  ASSERT_EQ(login_from(second_home).status, 200);
  ASSERT_EQ(change_password(session).status, 200);
  strangers_guess();
  EXPECT_EQ(login_from(thief).code, Code::AccountLocked);
  EXPECT_EQ(login_from(second_home, fresh).code, Code::AccountLocked);
  EXPECT_EQ(login_from(client_address, fresh).status, 200);
}

TEST_F(KnownDevice, IsAfterAResetOnlyTheOneItWasMadeFrom) {
  ASSERT_EQ(signup().status, 201);
  mails();
  ASSERT_EQ(login_from(thief).status, 200);
  ASSERT_EQ(post("/forgot-password", {{"email", "ada@example.org"}}).status, 202);
  ASSERT_EQ(post("/reset-password", {{"token", only_mail().token}, {"password", fresh}}).status, 204);
  strangers_guess();
  EXPECT_EQ(login_from(thief).code, Code::AccountLocked);
  EXPECT_EQ(login_from(client_address, fresh).status, 200);
}

TEST_F(KnownDevice, OfAFormerOwnerIsAStrangerToTheNextAccountOfThatAddress) {
  const auto former = signup().text("accessToken");
  ASSERT_EQ(login_from(thief).status, 200);
  ASSERT_EQ(send({.method = http::Method::Delete, .path = "/user", .bearer = former}).status, 204);
  clock.advance(1s);
  client_address = second_home;
  ASSERT_EQ(signup().status, 201);
  strangers_guess();
  EXPECT_EQ(login_from(thief).code, Code::AccountLocked);
  EXPECT_EQ(login().status, 200);
}

TEST_F(KnownDevice, ThatCannotBeRememberedKeepsNobodyFromSigningUp) {
  store_faults.answer(StoreVerb::Get, GH_UNAVAILABLE, for_ever);
  EXPECT_EQ(signup().status, 201);
}

// As when another server has read both before and hashes for a while.
TEST_F(KnownDevice, WhoseGuessMeetsANewPasswordIsJudgedAsAStranger) {
  const auto session = signup().text("accessToken");
  ASSERT_EQ(login_from(thief).status, 200);
  strangers_guess();
  accounts::UserStore users(*storage, app::user_kind_id);
  const auth::Lockout lockout({}, *storage, app::lockout_kind_id, *keys, metrics);
  const auth::FailedPassword failed(users, services->events(), lockout);
  const auto user = ada();
  const auth::Claimant who{"ada@example.org", thief, {}, accounts::password_since(user)};
  auto trial = lockout.begin(who, call());
  ASSERT_TRUE(trial && !trial->refusal());
  ASSERT_EQ(change_password(session).status, 200);
  events::Event event;
  event.type = events::Type::UserLoginFailed;
  EXPECT_EQ(failed.record(&user, who, *trial, std::move(event), Code::InvalidCredentials, call()).code,
            Code::AccountLocked);
}

class NewAccount : public Lockout {
 protected:
  NewAccount() : Lockout(discreet()) {}
  static app::ServiceSettings discreet() {
    app::ServiceSettings settings;
    settings.handlers.reveal_existing = false;
    return settings;
  }
};

TEST_F(NewAccount, WhoseOwnerLoggedInTooEarlyIsOpenOnceTheMailIsAnswered) {
  ASSERT_EQ(signup().status, 202);
  fail(5);
  client_address = elsewhere;
  for (int i = 0; i < 5; ++i) ASSERT_EQ(login().code, Code::InvalidCredentials) << i;
  ASSERT_EQ(login().code, Code::AccountLocked);
  ASSERT_EQ(post("/verify-email", {{"token", only_mail().token}}).status, 200);
  EXPECT_EQ(events("user_account_unlocked"), std::vector<std::string>{R"({"reason":"email_verified"})"});
  EXPECT_EQ(ada().locked_until, std::nullopt);
  clock.advance(1us);
  EXPECT_EQ(login().status, 200);
}

TEST_F(Lockout, AnAccountWithoutAPasswordIsOpenedByNone) {
  ASSERT_EQ(signup().status, 201);
  auto user = ada();
  user.password_hash.clear();
  const auto values = accounts::encode_user(user);
  const std::vector<providers::Write> writes{accounts::put_user(app::user_kind_id, user, values)};
  ASSERT_TRUE(storage->commit(writes, call()));
  EXPECT_EQ(login().code, Code::InvalidCredentials);
  EXPECT_EQ(login("ada@example.org", wrong).code, Code::InvalidCredentials);
}

}  // namespace
}  // namespace gatehouse::test
