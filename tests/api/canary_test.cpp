// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"
#include "support/mailbox.h"

#include <filesystem>
#include <sstream>

namespace gatehouse::test {
namespace {

constexpr std::string_view canary = "CaNaRy-5ecret-Zq";

// Secrets, each recognisable, go through every route and every wrong place; none may be seen again in a log line, an
// error body, a metric or a file of the state folder. A mailed token is in its mail, and nowhere else.
class Canary : public ApiTest {
 protected:
  void SetUp() override { start({.settings = {{"log.level", "\"debug\""}}}); }

  void TearDown() override {
    if (server().running()) {
      seen_ += metrics();
      EXPECT_EQ(server().stop(), 0);
    }
    secrets_.emplace_back(canary);
    const auto log = server().output();
    for (const auto* secrets : {&secrets_, &mailed_}) {
      for (const auto& secret : *secrets) {
        ASSERT_GT(secret.size(), 10U);
        EXPECT_EQ(seen_.find(secret), std::string::npos) << "in an answer or metric: " << around(seen_, secret);
        EXPECT_EQ(log.find(secret), std::string::npos) << "in the log: " << around(log, secret);
      }
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(server().state_folder())) {
      if (!entry.is_regular_file()) continue;
      const auto text = read_file(entry.path());
      for (const auto& secret : secrets_) EXPECT_EQ(text.find(secret), std::string::npos) << entry.path();
      if (entry.path().parent_path() == outbox()) continue;
      for (const auto& secret : mailed_) EXPECT_EQ(text.find(secret), std::string::npos) << entry.path();
    }
    ApiTest::TearDown();
  }

  static std::string around(const std::string& text, const std::string& secret) {
    const auto at = text.find(secret);
    return at == std::string::npos ? "" : text.substr(at < 200 ? 0 : at - 200, 500);
  }

  // An answer that must show nothing.
  void look(const HttpResponse& response) {
    seen_ += response.body;
    for (const auto& [name, value] : response.headers) seen_ += '\n' + name + ": " + value;
  }
  void keep(const Tokens& tokens) {
    // The signature of a JWS and the secret part of a refresh token, so that parts are found as well.
    secrets_.push_back(tokens.access.substr(tokens.access.rfind('.') + 1));
    secrets_.push_back(tokens.refresh.substr(tokens.refresh.size() - 40));
    secrets_.push_back(tokens.access);
    secrets_.push_back(tokens.refresh);
  }

  std::filesystem::path outbox() { return server().state_folder() / "outbox"; }
  HttpResponse post(const std::string& path, const Members& members, const Headers& headers = {}) {
    return api().http().post("/auth" + path, json_object(members), headers);
  }
  // The token of the next mail to `address` that has one.
  std::string mailed_token(Mailbox& mailbox, const std::string& address) {
    std::string token;
    while (token.empty()) token = mailbox.next(address).token;
    EXPECT_TRUE(token.starts_with("ghm_")) << "it would not be recognised";
    mailed_.push_back(token.substr(token.size() - 40));
    mailed_.push_back(token);
    return token;
  }

  std::vector<std::string> secrets_;
  std::vector<std::string> mailed_;
  std::string seen_;
  const Account who_{"ada@example.org", "Violet-41-" + std::string(canary)};
};

TEST_F(Canary, ThroughTheWholeStory) {
  const auto first = api().signed_up(who_);
  keep(first);
  look(api().signup(who_));
  const auto second = api().logged_in(who_);
  keep(second);
  look(api().login({who_.email, "wrong-" + std::string(canary)}));
  look(api().login({"nobody@example.org", std::string(canary)}));
  const auto third = api().refreshed(second.refresh);
  keep(third);
  look(api().user(third.access));
  look(api().sessions(third.access));
  look(api().refresh(second.refresh));
  look(api().refresh(third.refresh));
  look(api().user(third.access));
  look(api().logout(third.access));
}

TEST_F(Canary, ThroughMailsAndNewPasswords) {
  Mailbox mailbox(outbox());
  const auto first = api().signed_up(who_);
  keep(first);
  const auto replaced = json_string(mailed_token(mailbox, who_.email));
  look(post("/resend-verification", {{"email", json_string(who_.email)}}));
  const auto verify = json_string(mailed_token(mailbox, who_.email));
  look(api().http().get("/auth/verify-email"));
  look(post("/reset-password", {{"token", verify}, {"password", json_string(who_.password)}}));
  look(post("/verify-email", {{"token", replaced}}));
  const auto verified = post("/verify-email", {{"token", verify}});
  EXPECT_EQ(verified.status, 200) << verified.body;
  look(verified);
  look(post("/verify-email", {{"token", verify}}));

  const auto changed_to = json_string("Quiet-52-" + std::string(canary));
  const auto again =
      tokens_of(post("/reauthenticate", {{"password", json_string(who_.password)}}, bearer(first.access)));
  keep(again);
  look(post("/change-password", {{"currentPassword", changed_to}, {"newPassword", changed_to}}, bearer(again.access)));
  const auto changed =
      tokens_of(post("/change-password", {{"currentPassword", json_string(who_.password)}, {"newPassword", changed_to}},
                     bearer(again.access)));
  keep(changed);
  const std::string moved = "grace@example.org";
  look(post("/change-email", {{"email", json_string(moved)}}, bearer(changed.access)));
  look(post("/verify-email", {{"token", json_string(mailed_token(mailbox, moved))}}));

  look(post("/forgot-password", {{"email", json_string(moved)}}));
  const auto reset = json_string(mailed_token(mailbox, moved));
  look(api().http().get("/auth/reset-password"));
  look(post("/reset-password", {{"token", reset}, {"password", json_string("Short" + std::string(canary, 0, 2))}}));
  const auto reset_to = "Other-63-" + std::string(canary);
  const auto done = post("/reset-password", {{"token", reset}, {"password", json_string(reset_to)}});
  EXPECT_EQ(done.status, 204) << done.body;
  look(done);
  look(post("/reset-password", {{"token", reset}, {"password", json_string(reset_to)}}));
  look(api().login({moved, "Quiet-52-" + std::string(canary)}));
  keep(api().logged_in({moved, reset_to}));
}

TEST_F(Canary, InWrongPlaces) {
  const std::string secret(canary);
  auto& http = api().http();
  look(api().signup({"weak@example.org", secret}));
  look(http.post("/auth/login", "{\"email\":\"a@example.org\",\"password\":\"" + secret));
  look(http.post("/auth/login", "{\"email\":\"a@example.org\",\"password\":[\"" + secret + "\"]}"));
  look(http.post("/auth/login", "{\"email\":\"a@example.org\",\"password\":{\"x\":\"" + secret + "\"}}"));
  look(http.post("/auth/login", "{\"email\":{\"x\":\"" + secret + "\"},\"password\":1}"));
  look(http.post("/auth/login", secret));
  look(http.post("/auth/login", "\"" + secret + "\""));
  look(http.post("/auth/login", "{\"password\":\"" + secret + "\",\"password\":\"" + secret + "\"}"));
  look(http.post("/auth/refresh", "{\"refreshToken\":\"ghr_" + secret + "\"}"));
  look(http.post("/auth/refresh", "{\"refreshToken\":[\"ghr_" + secret + "\"]}"));
  look(http.get("/auth/user", {{"Authorization", "Bearer " + secret}}));
  look(http.get("/auth/user", {{"Authorization", "Basic " + secret}}));
  look(http.get("/auth/user", {{"Authorization", secret}}));
  look(http.get("/auth/user", {{"Cookie", "session=" + secret}}));
  look(http.get("/auth/user?access_token=" + secret));
  look(http.get("/nowhere?token=" + secret));
  for (const std::string path : {"/auth/verify-email", "/auth/reset-password"}) {
    look(http.get(path + "?token=ghm_" + secret));
    look(http.post(path, "{\"token\":\"ghm_" + secret + "\",\"password\":\"" + secret + "\"}"));
    look(http.post(path, "{\"token\":[\"ghm_" + secret + "\"]}"));
  }
  look(http.send({"POST", "/auth/login", {{"Content-Type", "text/plain"}}, secret}));
  look(http.post("/auth/refresh", R"({"refreshToken":"ghr_x"})", {{"Idempotency-Key", secret}}));
}

TEST_F(Canary, InRequestsTheParserRefuses) {
  const std::string secret(canary);
  for (const auto& bytes :
       {"GET /auth/user HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + secret + "\r\nno colon " + secret + "\r\n\r\n",
        "POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\nAuthorization: " + secret +
            "\r\n\r\n{}",
        "GET /auth/user?token=" + secret + " HTTP/9.9\r\nHost: x\r\n\r\n",
        "GET /auth/user HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + secret + std::string(70'000, 'a') +
            "\r\n\r\n"}) {
    seen_ += converse(server().listen(), bytes).bytes;
  }
}

class LogInjection : public ApiTest {
 protected:
  void SetUp() override { start(); }
};

TEST_F(LogInjection, NothingAClientSendsStartsALogLine) {
  for (const std::string evil :
       {"\r\nEVIL", "\nEVIL", "\u2028EVIL", "\x1b[2JEVIL", "=?utf-8?Q?=0AEVIL?=", "\u0085EVIL"}) {
    api().login({"a" + evil + "@example.org", evil});
    api().signup({"b@example.org", "Violet-Harbour-41"}, {{"firstName", json_string(evil)}});
    if (evil.find_first_of("\r\n") == std::string::npos) {
      api().http().get("/auth/user", {{"User-Agent", evil}});
    }
    api().http().get("/auth/x%0d%0aEVIL%1b");
  }
  ASSERT_EQ(server().stop(), 0);
  std::istringstream lines(server().output());
  for (std::string line; std::getline(lines, line);) {
    EXPECT_FALSE(line.starts_with("EVIL")) << line;
    EXPECT_EQ(line.find('\x1b'), std::string::npos) << line;
  }
}

TEST_F(LogInjection, EveryLogLineIsOneJsonObject) {
  api().signed_up(account("ada"));
  api().login({"ada@example.org", "wrong"});
  ASSERT_EQ(server().stop(), 0);
  std::istringstream lines(read_file(server().folder() / "err-1"));
  int count = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.front() != '{') continue;
    ++count;
    EXPECT_NO_THROW(Json::parse(line)) << line;
  }
  EXPECT_GE(count, 1);
}

}  // namespace
}  // namespace gatehouse::test
