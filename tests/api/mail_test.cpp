// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"
#include "support/mailbox.h"

#include <gmock/gmock.h>

#include <chrono>

namespace gatehouse::test {
namespace {

using std::chrono::steady_clock;

std::string object(const Members& members) { return json_object(members); }

class Mails : public ApiTest {
 protected:
  void SetUp() override { start(); }
  Mailbox& mailbox() {
    if (!mailbox_) mailbox_ = std::make_unique<Mailbox>(server().state_folder() / "outbox");
    return *mailbox_;
  }
  HttpResponse post(const std::string& path, const Members& members, const Headers& headers = {}) {
    return api().http().post("/auth" + path, object(members), headers);
  }
  HttpResponse forgot(const std::string& email) { return post("/forgot-password", {{"email", json_string(email)}}); }
  HttpResponse reset(const std::string& token, const std::string& password) {
    return post("/reset-password", {{"token", json_string(token)}, {"password", json_string(password)}});
  }

  const Account who_ = account("ada");
  const std::string next_ = "Quiet-Lantern-52";

 private:
  std::unique_ptr<Mailbox> mailbox_;
};

TEST_F(Mails, LeadFromAForgottenPasswordToANewOne) {
  const auto session = api().signed_up(who_);
  mailbox().next(who_.email);
  ASSERT_EQ(forgot(who_.email).status, 202);
  const auto mail = mailbox().next(who_.email);
  EXPECT_TRUE(mail.link.find("/auth/reset-password#ghm_") != std::string::npos) << mail.link;

  const auto page = api().http().get("/auth/reset-password");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.header("content-type"), "text/html; charset=utf-8");
  const auto answer = reset(mail.token, next_);
  EXPECT_EQ(answer.status, 204) << answer.body;
  EXPECT_EQ(api().user(session.access).status, 401);
  EXPECT_TRUE(is_problem(api().login(who_), 401, "INVALID_CREDENTIALS"));
  EXPECT_EQ(api().login({who_.email, next_}).status, 200);
  EXPECT_TRUE(is_problem(reset(mail.token, "Other-Lantern-53"), 400, "INVALID_RESET_TOKEN"));
}

TEST_F(Mails, LeadToPagesThatRunTheirOwnScriptAndNothingElse) {
  for (const char* path : {"/auth/verify-email", "/auth/reset-password", "/api/auth/verify-email"}) {
    const auto page = api().http().get(path);
    EXPECT_TRUE(has_security_headers(page)) << path;
    const auto policy = page.header("content-security-policy").value_or("");
    EXPECT_NE(policy.find("script-src 'sha256-"), std::string::npos) << policy;
    EXPECT_EQ(policy.find("unsafe"), std::string::npos) << policy;
    EXPECT_EQ(page.body.find(" src="), std::string::npos);
  }
}

TEST_F(Mails, AreLinkedByThePublicUrlWhateverTheRequestSays) {
  start({.settings = {{"public_url", "\"https://auth.example.com\""}}});
  Mailbox box(server().state_folder() / "outbox");
  post("/signup", {{"email", json_string(who_.email)}, {"password", json_string(who_.password)}},
       {{"X-Forwarded-Host", "evil.example"}, {"Forwarded", "host=evil.example"}});
  const auto mail = box.next(who_.email);
  EXPECT_EQ(mail.link.rfind("https://auth.example.com/auth/verify-email#", 0), 0U) << mail.link;
  EXPECT_EQ(mail.text.find("evil"), std::string::npos);
}

TEST_F(Mails, LeadToTheOperatorsOwnPagesWhereTheConfigurationNamesThem) {
  start({.settings = {{"mail.links.verify", "\"https://app.example.com/welcome?t={token}&go=1\""},
                      {"mail.links.reset", "\"https://app.example.com/reset#{token}\""}}});
  Mailbox box(server().state_folder() / "outbox");
  api().signed_up(who_);
  EXPECT_THAT(box.next(who_.email).link, testing::MatchesRegex("https://app.example.com/welcome.t=ghm_[^&]+&go=1"));
  ASSERT_EQ(forgot(who_.email).status, 202);
  const auto mail = box.next(who_.email);
  EXPECT_EQ(mail.link, "https://app.example.com/reset#" + mail.token);
  EXPECT_EQ(reset(mail.token, next_).status, 204);
}

TEST_F(Mails, AddressesWithoutAnAccountGetTheSameAnswerAndNoMail) {
  api().signed_up(who_);
  mailbox().next(who_.email);
  for (const char* path : {"/forgot-password", "/resend-verification"}) {
    const auto known = post(path, {{"email", json_string(who_.email)}});
    const auto unknown = post(path, {{"email", R"("nobody@example.org")"}});
    EXPECT_EQ(known.status, 202) << path;
    EXPECT_EQ(known.status, unknown.status);
    EXPECT_EQ(comparable(known), comparable(unknown));
    EXPECT_EQ(known.headers.size(), unknown.headers.size());
    mailbox().next(who_.email);
  }
  EXPECT_EQ(mailbox().count(), 3U);
}

TEST_F(Mails, SensitiveRoutesWorkRightAfterLoginAndSayWhatTheyDid) {
  const auto session = api().signed_up(who_);
  const auto changed =
      post("/change-password", {{"currentPassword", json_string(who_.password)}, {"newPassword", json_string(next_)}},
           bearer(session.access));
  const auto fresh = tokens_of(changed);
  EXPECT_TRUE(is_problem(api().user(session.access), 401, "SESSION_REVOKED"));
  EXPECT_EQ(api().http().del("/auth/user", bearer(fresh.access)).status, 204);
  EXPECT_TRUE(is_problem(api().login({who_.email, next_}), 401, "INVALID_CREDENTIALS"));
}

class DefaultMails : public Mails {
 protected:
  void SetUp() override { start({.quick = false}); }
};

TEST_F(DefaultMails, AreAskedForInNoLessThanThreeTenthsOfASecond) {
  ASSERT_EQ(api().signup(who_).status, 201);
  for (const auto& email : {who_.email, std::string("nobody@example.org")}) {
    const auto begin = steady_clock::now();
    EXPECT_EQ(forgot(email).status, 202);
    EXPECT_GE(steady_clock::now() - begin, std::chrono::milliseconds(300)) << email;
  }
}

}  // namespace
}  // namespace gatehouse::test
