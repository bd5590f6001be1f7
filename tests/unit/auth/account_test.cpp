// SPDX-License-Identifier: Apache-2.0
#include "unit/auth/auth_fixture.h"

#include <gatehouse/store.h>

#include <algorithm>
#include <thread>

namespace gatehouse::test {
namespace {

using namespace std::chrono_literals;

class Account : public AuthFixture {
 protected:
  Answer change_password(const std::string& bearer, const std::string& current = good_password,
                         const std::string& next = next_password) {
    return post("/change-password", {{"currentPassword", current}, {"newPassword", next}}, bearer);
  }
  Answer change_email(const std::string& bearer, const std::string& email = "lovelace@example.org") {
    return post("/change-email", {{"email", email}}, bearer);
  }
  Answer patch(const std::string& bearer, const nlohmann::json& body) {
    return send({.method = http::Method::Patch, .path = "/user", .body = body.dump(), .bearer = bearer});
  }
  Answer remove(const std::string& bearer) {
    return send({.method = http::Method::Delete, .path = "/user", .bearer = bearer});
  }
  Answer reauthenticate(const std::string& bearer, const std::string& password = good_password) {
    return post("/reauthenticate", {{"password", password}}, bearer);
  }
  Answer user(const Answer& tokens) { return get("/user", tokens.text("accessToken")); }
};

TEST_F(Account, AChangedPasswordEndsAllSessionsAndOpensANewOne) {
  const auto other = signup();
  const auto mine = login();
  mails();
  const auto fresh = change_password(mine.text("accessToken"));
  ASSERT_EQ(fresh.status, 200) << fresh.refusal();
  EXPECT_EQ(user(other).code, Code::SessionRevoked);
  EXPECT_EQ(user(mine).code, Code::SessionRevoked);
  EXPECT_EQ(user(fresh).status, 200);
  EXPECT_EQ(refresh(fresh.text("refreshToken")).status, 200);
  EXPECT_EQ(login().code, Code::InvalidCredentials);
  EXPECT_EQ(login("ada@example.org", next_password).status, 200);
  EXPECT_EQ(only_mail().subject, "Your password was changed");
}

TEST_F(Account, APasswordIsChangedOnlyByWhoKnowsThePresentOne) {
  const auto mine = signup();
  EXPECT_EQ(change_password(mine.text("accessToken"), "Wrong-Horse-77-Battery").code, Code::InvalidCredentials);
  EXPECT_EQ(change_password(mine.text("accessToken"), good_password, good_password).code, Code::SamePassword);
  const auto weak = change_password(mine.text("accessToken"), good_password, "weak");
  ASSERT_EQ(weak.code, Code::PasswordPolicy);
  EXPECT_EQ(weak.response.error->fields.front().pointer, "/newPassword");
  EXPECT_EQ(user(mine).status, 200);
}

TEST_F(Account, ANewPasswordOpensNoSessionForOneThatWasEndedMeanwhile) {
  const auto other = signup();
  const auto mine = login();
  const auto sessions = get("/sessions", mine.text("accessToken")).body.at("data");
  const auto current = std::find_if(sessions.begin(), sessions.end(), [](const auto& s) { return s.at("current"); });
  ASSERT_NE(current, sessions.end());
  // It has read its session by then, and has stored nothing.
  kms_faults.hold(KmsVerb::Sign);
  Answer changed;
  std::thread device([&] { changed = change_password(mine.text("accessToken")); });
  kms_faults.wait_held(KmsVerb::Sign);
  const auto ended = send({.method = http::Method::Delete,
                           .path = "/sessions/" + current->at("id").template get<std::string>(),
                           .bearer = other.text("accessToken")});
  kms_faults.release(KmsVerb::Sign);
  device.join();
  EXPECT_EQ(ended.status, 204) << ended.refusal();
  EXPECT_EQ(changed.code, Code::SessionRevoked);
  EXPECT_EQ(user(other).status, 200);
}

TEST_F(Account, SensitiveRoutesAskForARecentPassword) {
  const auto mine = signup();
  clock.advance(5min);
  const auto bearer = mine.text("accessToken");
  EXPECT_EQ(change_password(bearer).code, Code::ReauthenticationRequired);
  EXPECT_EQ(change_email(bearer).code, Code::ReauthenticationRequired);
  EXPECT_EQ(remove(bearer).code, Code::ReauthenticationRequired);
  // A refresh renews the tokens, not the proof.
  const auto refreshed = refresh(mine.text("refreshToken"));
  EXPECT_EQ(change_email(refreshed.text("accessToken")).code, Code::ReauthenticationRequired);
  const auto again = reauthenticate(refreshed.text("accessToken"));
  ASSERT_EQ(again.status, 200);
  EXPECT_EQ(change_email(again.text("accessToken")).status, 202);
}

TEST_F(Account, ReauthenticationReplacesTheSessionAndNoOther) {
  const auto other = signup();
  const auto mine = login();
  const auto again = reauthenticate(mine.text("accessToken"));
  ASSERT_EQ(again.status, 200);
  EXPECT_EQ(user(mine).code, Code::SessionRevoked);
  EXPECT_EQ(user(other).status, 200);
  EXPECT_EQ(user(again).status, 200);
  EXPECT_EQ(reauthenticate(again.text("accessToken"), "Wrong-Horse-77-Battery").code, Code::InvalidCredentials);
  EXPECT_EQ(user(again).status, 200);
}

TEST_F(Account, ANewAddressHoldsWhenItIsConfirmedAndBothMailboxesHearOfIt) {
  const auto mine = signup();
  mails();
  ASSERT_EQ(change_email(mine.text("accessToken")).status, 202);
  std::string token;
  for (const auto& mail : mails()) {
    if (mail.to == "lovelace@example.org") token = mail.token;
    if (mail.to != "ada@example.org") continue;
    EXPECT_EQ(mail.subject, "Your address is about to change");
    EXPECT_TRUE(mail.token.empty());
  }
  EXPECT_EQ(user(mine).text("email"), "ada@example.org");
  ASSERT_EQ(post("/verify-email", {{"token", token}}).status, 200);
  EXPECT_EQ(user(mine).text("email"), "lovelace@example.org");
  EXPECT_EQ(user(mine).body.at("emailVerified"), true);
  EXPECT_EQ(login().code, Code::InvalidCredentials);
  EXPECT_EQ(login("lovelace@example.org").status, 200);
  const auto notice = only_mail();
  EXPECT_EQ(notice.to, "ada@example.org");
  EXPECT_EQ(notice.subject, "Your address was changed");
}

TEST_F(Account, LinksMailedToTheFormerAddressAreVoid) {
  const auto mine = signup();
  const auto verification = only_mail().token;
  post("/forgot-password", {{"email", "ada@example.org"}});
  const auto reset = only_mail().token;
  change_email(mine.text("accessToken"));
  std::string token;
  for (const auto& mail : mails()) token += mail.token;
  ASSERT_EQ(post("/verify-email", {{"token", token}}).status, 200);
  EXPECT_EQ(post("/verify-email", {{"token", verification}}).code, Code::InvalidVerificationToken);
  EXPECT_EQ(post("/reset-password", {{"token", reset}, {"password", next_password}}).code, Code::InvalidResetToken);
}

// Whoever asked for it may be whom the new password is to keep out.
TEST_F(Account, ANewPasswordVoidsAChangeOfAddressThatWaits) {
  for (const bool reset : {false, true}) {
    const auto address = reset ? "grace@example.org" : "ada@example.org";
    const auto thief = signup(address);
    mails();
    ASSERT_EQ(change_email(thief.text("accessToken"), "evil@example.org").status, 202);
    std::string token;
    for (const auto& mail : mails()) token += mail.token;
    clock.advance(1s);
    if (reset) {
      post("/forgot-password", {{"email", address}});
      ASSERT_EQ(post("/reset-password", {{"token", only_mail().token}, {"password", next_password}}).status, 204);
    } else {
      ASSERT_EQ(post("/change-password", {{"currentPassword", good_password}, {"newPassword", next_password}},
                     thief.text("accessToken"))
                    .status,
                200);
    }
    mails();
    EXPECT_EQ(post("/verify-email", {{"token", token}}).code, Code::InvalidVerificationToken);
    EXPECT_EQ(login(address, next_password).status, 200);
  }
}

TEST_F(Account, AnAddressThatWasTakenMeanwhileIsNotTakenOver) {
  const auto mine = signup();
  mails();
  change_email(mine.text("accessToken"));
  std::string token;
  for (const auto& mail : mails()) token += mail.token;
  ASSERT_EQ(signup("lovelace@example.org").status, 201);
  EXPECT_EQ(post("/verify-email", {{"token", token}}).code, Code::DuplicateEmail);
  EXPECT_EQ(user(mine).text("email"), "ada@example.org");
  EXPECT_EQ(change_email(mine.text("accessToken")).code, Code::DuplicateEmail);
  EXPECT_EQ(change_email(mine.text("accessToken"), "ADA@example.org").code, Code::ValidationFailed);
}

TEST_F(Account, UsersChangeTheirOwnNamesAndPhoneAndNothingElse) {
  const auto mine = signup();
  const auto bearer = mine.text("accessToken");
  auto answer = patch(bearer, {{"firstName", "Augusta"}, {"phone", "+44 20 7946 0000"}});
  ASSERT_EQ(answer.status, 200) << answer.refusal();
  EXPECT_EQ(answer.text("name"), "Augusta Lovelace");
  EXPECT_EQ(answer.text("phone"), "+442079460000");
  answer = patch(bearer, {{"name", "Countess"}, {"phone", ""}});
  EXPECT_EQ(answer.text("name"), "Countess");
  EXPECT_TRUE(answer.body.at("phone").is_null());
  EXPECT_EQ(patch(bearer, {{"lastName", "King"}}).text("name"), "Countess");
  for (const char* closed : {"role", "email", "emailVerified", "tenantId", "userType"}) {
    EXPECT_EQ(patch(bearer, {{closed, "admin"}}).code, Code::UnknownField) << closed;
  }
  EXPECT_EQ(user(mine).text("firstName"), "Augusta");
}

TEST_F(Account, ADeletedAccountIsGoneWithItsSessionsAndItsData) {
  const auto mine = signup();
  const auto verification = only_mail().token;
  ASSERT_EQ(remove(mine.text("accessToken")).status, 204);
  EXPECT_EQ(user(mine).code, Code::SessionRevoked);
  EXPECT_NE(refresh(mine.text("refreshToken")).status, 200);
  EXPECT_EQ(login().code, Code::InvalidCredentials);
  EXPECT_EQ(post("/verify-email", {{"token", verification}}).code, Code::InvalidVerificationToken);
  EXPECT_EQ(only_mail().subject, "Your account was deleted");

  std::string stored;
  store_faults.change_records([&](gh_record& record) {
    for (std::uint32_t i = 0; i < record.value_count; ++i) {
      const auto& value = record.values[i];
      if (value.type == GH_TEXT) stored.append(reinterpret_cast<const char*>(value.s.data), value.s.size).append("|");
    }
  });
  const auto id = mine.body.at("user").at("id").get<std::string>();
  int records = 0;
  for (const providers::KindId kind :
       {app::user_kind_id, app::session_kind_id, app::ticket_kind_id, app::mail_job_kind_id}) {
    providers::Query query;
    query.kind = kind;
    query.tenant = "default";
    query.equals = {providers::Value::text(id)};
    ASSERT_TRUE(storage->find(query, call(), [&](providers::RecordReader&) { ++records; }));
  }
  EXPECT_EQ(records, 1);
  EXPECT_EQ(stored, "deleted|");
  EXPECT_EQ(signup().status, 201);
}

// Nobody could ask for it a second time: the account is gone.
TEST_F(Account, WhateverFailsNoSessionsOfADeletedAccountStay) {
  const auto stored_sessions = [&](const std::string& id) {
    int count = 0;
    providers::Query query;
    query.kind = app::session_kind_id;
    query.tenant = "default";
    query.equals = {providers::Value::text(id)};
    EXPECT_TRUE(storage->find(query, call(), [&](providers::RecordReader&) { ++count; }));
    return count;
  };
  for (const auto verb : {StoreVerb::Commit, StoreVerb::Find}) {
    const auto email = verb == StoreVerb::Find ? "grace@example.org" : "ada@example.org";
    const auto mine = signup(email);
    login(email);
    login(email);
    const auto id = mine.body.at("user").at("id").get<std::string>();
    // The first call of that verb fails, then the second, and so on, until the account is gone.
    unsigned passing = 0;
    do {
      store_faults.answer_later(verb, GH_UNAVAILABLE, passing++);
      remove(mine.text("accessToken"));
      store_faults.clear();
    } while (passing < 20 && login(email).status == 200);
    EXPECT_LT(passing, 20U);
    EXPECT_EQ(stored_sessions(id), 0);
  }
}

}  // namespace
}  // namespace gatehouse::test
