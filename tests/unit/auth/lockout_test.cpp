// SPDX-License-Identifier: Apache-2.0
#include "auth/unlock.h"
#include "unit/auth/lockout_fixture.h"
#include "unit/auth/parallel.h"

#include <gatehouse/abi.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

TEST_F(Lockout, TheSixthAttemptIsRefusedWhateverThePasswordForAsLongAsItSays) {
  ASSERT_EQ(signup().status, 201);
  fail(5);
  clock.advance(60s);
  const auto right = login();
  ASSERT_EQ(right.code, Code::AccountLocked);
  EXPECT_EQ(right.response.error->retry_after, 14min);
  EXPECT_EQ(login("ada@example.org", wrong).response.error->retry_after, 14min);
  clock.advance(14min - 1us);
  EXPECT_EQ(login().code, Code::AccountLocked);
  clock.advance(1us);
  EXPECT_EQ(login().status, 200);
}

TEST_F(Lockout, AnUnknownNameIsLockedAsAKnownOneIs) {
  ASSERT_EQ(signup().status, 201);
  const auto answers = [&](const std::string& email, const std::string& from) {
    client_address = from;
    std::vector<std::pair<std::optional<Code>, std::optional<std::chrono::milliseconds>>> all;
    for (int i = 0; i < 7; ++i) {
      const auto answer = login(email, wrong);
      all.emplace_back(answer.code, answer.response.error->retry_after);
    }
    return all;
  };
  const auto known = answers("ada@example.org", "198.51.100.1");
  EXPECT_EQ(known.back().first, Code::AccountLocked);
  EXPECT_EQ(answers("nobody@example.org", "198.51.100.2"), known);
}

TEST_F(Lockout, EverySpellingOfAnAddressIsOneCounter) {
  ASSERT_EQ(signup().status, 201);
  for (const char* spelling :
       {"ada@example.org", "ADA@example.org", " ada@example.org ", "ada@EXAMPLE.org", "ada＠example.org"}) {
    ASSERT_EQ(login(spelling, wrong).code, Code::InvalidCredentials) << spelling;
  }
  EXPECT_EQ(login("Ada@Example.Org").code, Code::AccountLocked);
}

TEST_F(Lockout, WhoIsGuessedAtFromOneAddressLogsInFromAnother) {
  ASSERT_EQ(signup().status, 201);
  fail(5);
  client_address = elsewhere;
  EXPECT_EQ(login().status, 200);
}

TEST_F(Lockout, ALiveSessionGoesOnWhileItsUserIsGuessedAt) {
  const auto session = signup();
  fail(5);
  EXPECT_EQ(get("/user", session.text("accessToken")).status, 200);
  const auto refreshed = refresh(session.text("refreshToken"));
  ASSERT_EQ(refreshed.status, 200);
  EXPECT_EQ(post("/reauthenticate", {{"password", good_password}}, refreshed.text("accessToken")).status, 200);
}

TEST_F(Lockout, AGuesserWithManyAddressesIsSlowedDownAndAKnownDeviceIsNot) {
  ASSERT_EQ(signup().status, 201);
  ASSERT_EQ(login().status, 200);
  const auto home = client_address;
  for (int i = 0; i < 10; ++i) {
    client_address = "203.0.113." + std::to_string(i);
    fail(1);
  }
  client_address = "203.0.113.99";
  ASSERT_EQ(login().code, Code::AccountLocked);
  EXPECT_EQ(login().response.error->retry_after, 1s);
  client_address = home;
  EXPECT_EQ(login().status, 200);
  client_address = "203.0.113.99";
  EXPECT_EQ(login().code, Code::AccountLocked) << "the owner's login does not help the guesser";
  clock.advance(1s);
  EXPECT_EQ(login().status, 200);
}

TEST_F(Lockout, NetworksOfIpv6AreOneDevice) {
  for (int i = 1; i <= 5; ++i) {
    client_address = "2001:db8::" + std::to_string(i);
    fail(1);
  }
  client_address = "2001:db8::77";
  EXPECT_EQ(login("ada@example.org", wrong).code, Code::AccountLocked);
  client_address = "2001:db8:0:1::77";
  EXPECT_EQ(login("ada@example.org", wrong).code, Code::InvalidCredentials);
}

TEST_F(Lockout, OneAddressThatTriesManyNamesIsLockedForStrangersOnly) {
  ASSERT_EQ(signup().status, 201);
  ASSERT_EQ(login().status, 200);
  for (int i = 0; i < 10; ++i) fail(1, "name" + std::to_string(i) + "@example.org");
  EXPECT_EQ(login("name11@example.org", wrong).code, Code::AccountLocked);
  EXPECT_EQ(login().status, 200);
  EXPECT_EQ(events("suspicious_activity_detected"),
            std::vector<std::string>{R"({"reason":"failed_logins_of_an_address"})"});
}

TEST_F(Lockout, ALoginStartsTheCountAnew) {
  ASSERT_EQ(signup().status, 201);
  fail(4);
  ASSERT_EQ(login().status, 200);
  fail(4);
  EXPECT_EQ(login().status, 200);
}

TEST_F(Lockout, TheRecordSaysWhatItsOwnerCannotSee) {
  ASSERT_EQ(signup().status, 201);
  fail(4);
  EXPECT_EQ(ada().failed_login_attempts, 4);
  EXPECT_EQ(ada().locked_until, std::nullopt);
  EXPECT_TRUE(events("user_account_locked").empty());
  fail(1);
  EXPECT_EQ(ada().failed_login_attempts, 5);
  EXPECT_EQ(ada().locked_until, clock.now() + 15min);
  EXPECT_EQ(events("user_account_locked"), std::vector<std::string>{R"({"scope":"device"})"});
  login();
  EXPECT_EQ(events("user_account_locked").size(), 1U);
  clock.advance(15min);
  ASSERT_EQ(login().status, 200);
  EXPECT_EQ(ada().failed_login_attempts, 0);
  EXPECT_EQ(ada().locked_until, std::nullopt);
  EXPECT_EQ(events("user_account_unlocked"), std::vector<std::string>{R"({"reason":"time"})"});
}

TEST_F(Lockout, ANewPasswordByMailLiftsItAndMakesTheDeviceKnown) {
  ASSERT_EQ(signup().status, 201);
  mails();
  for (int i = 0; i < 10; ++i) {
    client_address = "203.0.113." + std::to_string(i);
    fail(1);
  }
  client_address = "192.0.2.8";
  ASSERT_EQ(login().code, Code::AccountLocked);
  ASSERT_EQ(post("/forgot-password", {{"email", "ada@example.org"}}).status, 202);
  const auto token = only_mail().token;
  ASSERT_EQ(post("/reset-password", {{"token", token}, {"password", fresh}}).status, 204);
  EXPECT_EQ(events("user_account_unlocked"), std::vector<std::string>{R"({"reason":"password_reset"})"});
  clock.advance(1s);
  client_address = elsewhere;
  fail(5);
  for (int i = 0; i < 5; ++i) {
    client_address = "203.0.113." + std::to_string(i);
    fail(1);
  }
  EXPECT_EQ(login("ada@example.org", fresh).code, Code::AccountLocked);
  client_address = "192.0.2.8";
  EXPECT_EQ(login("ada@example.org", fresh).status, 200);
}

TEST_F(Lockout, AnOperatorLiftsItForEveryDeviceAtOnce) {
  ASSERT_EQ(signup().status, 201);
  fail(5);
  client_address = elsewhere;
  fail(5);
  accounts::UserStore users(*storage, app::user_kind_id);
  const auth::Lockout lockout({}, *storage, app::lockout_kind_id, *keys, metrics);
  const auth::Unlock unlock(users, lockout, services->events());
  EXPECT_EQ(*unlock.run("nobody@example.org", call()), auth::Unlocked::Nobody);
  ASSERT_EQ(login().code, Code::AccountLocked);
  EXPECT_EQ(*unlock.run("ada@example.org", call()), auth::Unlocked::Lifted);
  EXPECT_EQ(ada().failed_login_attempts, 0);
  EXPECT_EQ(ada().locked_until, std::nullopt);
  EXPECT_EQ(*unlock.run("ada@example.org", call()), auth::Unlocked::NothingWasLocked);
  EXPECT_EQ(events("user_account_unlocked"), std::vector<std::string>{R"({"reason":"operator"})"});
  EXPECT_EQ(login().status, 200);
  client_address = "192.0.2.7";
  EXPECT_EQ(login().status, 200);
}

TEST_F(Lockout, APasswordShownAgainIsCountedBySession) {
  const auto token = signup().text("accessToken");
  const auto other = login().text("accessToken");
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(post("/reauthenticate", {{"password", wrong}}, token).code, Code::InvalidCredentials) << i;
  }
  EXPECT_EQ(post("/reauthenticate", {{"password", good_password}}, token).code, Code::AccountLocked);
  const nlohmann::json change{{"currentPassword", good_password}, {"newPassword", fresh}};
  EXPECT_EQ(post("/change-password", change, token).code, Code::AccountLocked);
  EXPECT_EQ(get("/user", token).status, 200);
  EXPECT_EQ(post("/reauthenticate", {{"password", good_password}}, other).status, 200);
  EXPECT_EQ(login().status, 200);
}

TEST_F(Lockout, WrongPasswordsWhenChangingItAreCounted) {
  const auto token = signup().text("accessToken");
  const nlohmann::json change{{"currentPassword", wrong}, {"newPassword", fresh}};
  for (int i = 0; i < 5; ++i) ASSERT_EQ(post("/change-password", change, token).code, Code::InvalidCredentials) << i;
  EXPECT_EQ(post("/change-password", change, token).code, Code::AccountLocked);
  EXPECT_EQ(ada().failed_login_attempts, 5);
}

TEST_F(Lockout, WhatCannotBeCountedIsNotAnswered) {
  ASSERT_EQ(signup().status, 201);
  for (const char* email : {"ada@example.org", "nobody@example.org"}) {
    store_faults.answer(StoreVerb::Get, GH_UNAVAILABLE, 1);
    EXPECT_EQ(login(email).code, Code::ProviderUnavailable);
    kms_faults.answer(KmsVerb::Mac, GH_UNAVAILABLE, 1);
    EXPECT_EQ(login(email).code, Code::ProviderUnavailable);
    store_faults.answer(StoreVerb::Commit, GH_UNAVAILABLE, 1);
    EXPECT_EQ(login(email, wrong).code, Code::ProviderUnavailable);
    store_faults.answer_after(StoreVerb::Commit, GH_IN_DOUBT, 1);
    EXPECT_EQ(login(email, wrong).code, Code::InDoubt);
  }
}

TEST_F(Lockout, ManyGuessesAtOnceGetNoMoreAnswersThanOneAfterTheOther) {
  ASSERT_EQ(signup().status, 201);
  for (const char* email : {"ada@example.org", "nobody@example.org"}) {
    std::map<std::optional<Code>, int> answers;
    for (const auto& answer : all_at_once(16, [&](int) { return login(email, wrong); })) ++answers[answer.code];
    EXPECT_EQ(answers[Code::InvalidCredentials], 5) << email;
    EXPECT_EQ(answers[Code::AccountLocked], 11) << email;
  }
}

}  // namespace
}  // namespace gatehouse::test
