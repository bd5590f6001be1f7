// SPDX-License-Identifier: Apache-2.0
#include "support/naughty.h"
#include "support/api_test.h"
#include "support/mailbox.h"

namespace gatehouse::test {
namespace {

// As part of a target, whatever it says; the limit of a target is the framing tests' business.
std::string percent_encoded(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : bytes.substr(0, 1000)) {
    const auto byte = static_cast<unsigned char>(c);
    encoded += {'%', digits[byte >> 4], digits[byte & 15]};
  }
  return encoded;
}

// A password with everything the policy wants, and the naughty string behind it.
std::string as_password(const NaughtyString& naughty) { return "\"Violet-41 " + naughty.literal.substr(1); }

// Every naughty string in every field of every route: an answer of the 2xx to 4xx kind, whose body is JSON, and a
// server that goes on. One test a field, so that a failure names it.
class NaughtyStrings : public ApiTest {
 protected:
  void SetUp() override {
    start({.settings = {{"passwords.hash.memory", "\"1MiB\""}}});
    tokens_ = api().signed_up(account("ada"));
  }

  template <class Ask>
  void try_all(Ask ask) {
    for (const auto& naughty : naughty_strings()) {
      const HttpResponse response = ask(naughty);
      ASSERT_TRUE(response.status >= 200 && response.status < 500)
          << response.status << ' ' << naughty.kind << ' ' << naughty.literal.substr(0, 200) << '\n'
          << response.body;
      if (!response.body.empty()) {
        ASSERT_NO_THROW(Json::parse(response.body)) << naughty.literal.substr(0, 200);
      }
      ASSERT_FALSE(response.header("x-evil")) << naughty.literal;
      ASSERT_FALSE(response.header("set-cookie")) << naughty.literal;
    }
    EXPECT_EQ(api().user(tokens_.access).status, 200);
  }

  void try_member(const std::string& path, const std::string& name, const Members& rest, Headers headers = {}) {
    try_all([&](const NaughtyString& naughty) {
      Members members = rest;
      members.emplace_back(name, naughty.literal);
      return api().http().post(path, json_object(members), headers);
    });
  }
  void try_profile(const std::string& name) {
    try_all([&](const NaughtyString& naughty) {
      Headers headers = bearer(tokens_.access);
      headers.emplace_back("Content-Type", "application/json");
      return api().http().send({"PATCH", "/auth/user", headers, json_object({{name, naughty.literal}})});
    });
  }
  // The mailed link that lets ada choose a new password. Needs a password that is newer than the last link.
  std::string reset_token(Mailbox& mailbox) {
    const auto asked = api().http().post("/auth/forgot-password", R"({"email":"ada@example.org"})");
    if (asked.status != 202) throw std::runtime_error("forgot-password: " + asked.body);
    ReceivedMail mail;
    while (mail.link.find("/reset-password#") == std::string::npos) mail = mailbox.next("ada@example.org");
    return mail.token;
  }
  // A signup that is right in everything but the field, for a new person each time.
  void try_signup(const std::string& name) {
    int person = 0;
    try_all([&](const NaughtyString& naughty) {
      Members members{{"password", R"("Violet-Harbour-41")"}, {name, naughty.literal}};
      members.emplace_back("email", "\"p" + std::to_string(++person) + "@example.org\"");
      return api().http().post("/auth/signup", json_object(members));
    });
  }
  // As a header value, unless it cannot be one at all: that is the framing tests' business.
  void try_header(const std::string& name, const std::string& before, const std::string& method,
                  const std::string& path, const std::optional<std::string>& body) {
    try_all([&](const NaughtyString& naughty) -> HttpResponse {
      const auto value = before + naughty.bytes;
      if (value.find_first_of(std::string("\r\n\0", 3)) != std::string::npos || value.size() > 8000) {
        return api().user(tokens_.access);
      }
      Headers headers{{name, value}};
      if (body) headers.emplace_back("Content-Type", "application/json");
      return api().http().send({method, path, headers, body});
    });
  }

  Tokens tokens_;
  const Members credentials_{{"email", R"("ada@example.org")"}, {"password", R"("Violet-Harbour-41")"}};
};

TEST_F(NaughtyStrings, InSignupEmail) { try_member("/auth/signup", "email", {{"password", R"("Violet-Harbour-41")"}}); }
TEST_F(NaughtyStrings, InSignupPassword) {
  int person = 0;
  try_all([&](const NaughtyString& naughty) {
    return api().http().post(
        "/auth/signup",
        json_object({{"email", "\"q" + std::to_string(++person) + "@example.org\""}, {"password", naughty.literal}}));
  });
}
TEST_F(NaughtyStrings, InSignupFirstName) { try_signup("firstName"); }
TEST_F(NaughtyStrings, InSignupLastName) { try_signup("lastName"); }
TEST_F(NaughtyStrings, InSignupName) { try_signup("name"); }
TEST_F(NaughtyStrings, InSignupPhone) { try_signup("phone"); }
TEST_F(NaughtyStrings, InSignupTenant) { try_signup("tenantId"); }
TEST_F(NaughtyStrings, InSignupDeviceName) { try_signup("deviceName"); }
TEST_F(NaughtyStrings, InSignupRememberMe) { try_signup("rememberMe"); }
TEST_F(NaughtyStrings, InLoginEmail) { try_member("/auth/login", "email", {{"password", R"("Violet-Harbour-41")"}}); }
TEST_F(NaughtyStrings, InLoginPassword) { try_member("/auth/login", "password", {{"email", R"("ada@example.org")"}}); }
TEST_F(NaughtyStrings, InLoginDeviceName) { try_member("/auth/login", "deviceName", credentials_); }
TEST_F(NaughtyStrings, InLoginTenant) { try_member("/auth/login", "tenantId", credentials_); }
TEST_F(NaughtyStrings, InRefreshToken) { try_member("/auth/refresh", "refreshToken", {}); }
TEST_F(NaughtyStrings, InLogoutEverywhere) { try_member("/auth/logout", "everywhere", {}, bearer(tokens_.access)); }
TEST_F(NaughtyStrings, InRevokeAllExceptCurrent) {
  try_member("/auth/sessions/revoke-all", "exceptCurrent", {}, bearer(tokens_.access));
}

TEST_F(NaughtyStrings, InProfileFirstName) { try_profile("firstName"); }
TEST_F(NaughtyStrings, InProfileLastName) { try_profile("lastName"); }
TEST_F(NaughtyStrings, InProfileName) { try_profile("name"); }
TEST_F(NaughtyStrings, InProfilePhone) { try_profile("phone"); }
TEST_F(NaughtyStrings, InChangedEmail) { try_member("/auth/change-email", "email", {}, bearer(tokens_.access)); }
TEST_F(NaughtyStrings, InReauthenticationPassword) {
  try_member("/auth/reauthenticate", "password", {}, bearer(tokens_.access));
}
TEST_F(NaughtyStrings, InCurrentPassword) {
  try_member("/auth/change-password", "currentPassword", {{"newPassword", R"("Quiet-Lantern-52")"}},
             bearer(tokens_.access));
}
// What was accepted as a password is one: the next change shows it.
TEST_F(NaughtyStrings, InNewPassword) {
  std::string current = R"("Violet-Harbour-41")";
  int accepted = 0;
  try_all([&](const NaughtyString& naughty) {
    const auto response = api().http().post(
        "/auth/change-password", json_object({{"currentPassword", current}, {"newPassword", as_password(naughty)}}),
        bearer(tokens_.access));
    EXPECT_NE(response.status, 401) << current << " is not known any more";
    if (response.status == 200) {
      ++accepted;
      tokens_ = tokens_of(response);
      current = as_password(naughty);
    }
    return response;
  });
  EXPECT_GT(accepted, 100);
}

TEST_F(NaughtyStrings, InVerificationToken) { try_member("/auth/verify-email", "token", {}); }
TEST_F(NaughtyStrings, InResendEmail) { try_member("/auth/resend-verification", "email", {}); }
TEST_F(NaughtyStrings, InResendTenant) {
  try_member("/auth/resend-verification", "tenantId", {{"email", R"("ada@example.org")"}});
}
TEST_F(NaughtyStrings, InForgotEmail) { try_member("/auth/forgot-password", "email", {}); }
TEST_F(NaughtyStrings, InForgotTenant) {
  try_member("/auth/forgot-password", "tenantId", {{"email", R"("ada@example.org")"}});
}
TEST_F(NaughtyStrings, InResetToken) {
  try_member("/auth/reset-password", "token", {{"password", R"("Quiet-Lantern-52")"}});
}
// With a link that is good: the string is looked at as a password, and what few are one change it.
TEST_F(NaughtyStrings, InResetPassword) {
  Mailbox mailbox(server().state_folder() / "outbox");
  auto token = json_string(reset_token(mailbox));
  try_all([&](const NaughtyString& naughty) {
    const auto response =
        api().http().post("/auth/reset-password", json_object({{"token", token}, {"password", naughty.literal}}));
    EXPECT_EQ(response.body.find("INVALID_RESET_TOKEN"), std::string::npos) << response.body;
    if (response.status == 204) {
      tokens_ = tokens_of(api().http().post(
          "/auth/login", json_object({{"email", R"("ada@example.org")"}, {"password", naughty.literal}})));
      token = json_string(reset_token(mailbox));
    }
    return response;
  });
}

TEST_F(NaughtyStrings, InIdempotencyKey) {
  try_header("Idempotency-Key", "", "POST", "/auth/refresh", R"({"refreshToken":"ghr_x"})");
}
TEST_F(NaughtyStrings, InClientId) { try_header("X-Client-Id", "", "POST", "/auth/login", json_object(credentials_)); }
TEST_F(NaughtyStrings, InAuthorization) { try_header("Authorization", "Bearer ", "GET", "/auth/user", std::nullopt); }
TEST_F(NaughtyStrings, InUserAgent) { try_header("User-Agent", "", "POST", "/auth/login", json_object(credentials_)); }
TEST_F(NaughtyStrings, InTenantHeader) {
  try_header("X-Tenant-Id", "", "POST", "/auth/login", json_object(credentials_));
}
TEST_F(NaughtyStrings, InOriginHeader) { try_header("Origin", "", "POST", "/auth/login", json_object(credentials_)); }
TEST_F(NaughtyStrings, InForwardedFor) {
  try_header("X-Forwarded-For", "", "POST", "/auth/login", json_object(credentials_));
}
TEST_F(NaughtyStrings, InTraceparent) { try_header("traceparent", "00-", "GET", "/auth/nowhere", std::nullopt); }

TEST_F(NaughtyStrings, InSessionId) {
  try_all([&](const NaughtyString& naughty) {
    return api().http().del("/auth/sessions/" + percent_encoded(naughty.bytes), bearer(tokens_.access));
  });
}

TEST_F(NaughtyStrings, InQuery) {
  try_all([&](const NaughtyString& naughty) {
    const auto encoded = percent_encoded(naughty.bytes);
    return api().http().get("/auth/sessions?limit=" + encoded + "&cursor=" + encoded, bearer(tokens_.access));
  });
}

TEST_F(NaughtyStrings, InExportCursor) {
  try_all([&](const NaughtyString& naughty) {
    return api().http().get("/auth/user/export?cursor=" + percent_encoded(naughty.bytes), bearer(tokens_.access));
  });
}

// A name that was accepted is shown in one form everywhere, and that form is accepted as it is.
TEST_F(NaughtyStrings, ThatAreAcceptedHaveOneForm) {
  int person = 0;
  const auto signup = [&](const std::string& literal) {
    return api().http().post("/auth/signup",
                             json_object({{"email", "\"r" + std::to_string(++person) + "@example.org\""},
                                          {"password", R"("Violet-Harbour-41")"},
                                          {"firstName", literal}}));
  };
  int accepted = 0;
  for (const auto& naughty : naughty_strings()) {
    const auto response = signup(naughty.literal);
    if (response.status != 201) continue;
    ++accepted;
    const auto tokens = tokens_of(response);
    const auto shown = Json::parse(response.body)["user"]["firstName"].text();
    const auto user = Json::parse(api().user(tokens.access).body);
    EXPECT_EQ((user["user"].missing() ? user : user["user"])["firstName"].text(), shown) << naughty.literal;
    const auto again = signup(json_string(shown));
    ASSERT_EQ(again.status, 201) << naughty.literal << " became " << json_string(shown) << '\n' << again.body;
    EXPECT_EQ(Json::parse(again.body)["user"]["firstName"].text(), shown) << naughty.literal;
  }
  EXPECT_GT(accepted, 50);
}

}  // namespace
}  // namespace gatehouse::test
