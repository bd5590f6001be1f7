// SPDX-License-Identifier: Apache-2.0
#include "support/naughty.h"
#include "support/api_test.h"

namespace gatehouse::test {
namespace {

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

TEST_F(NaughtyStrings, InIdempotencyKey) {
  try_header("Idempotency-Key", "", "POST", "/auth/refresh", R"({"refreshToken":"ghr_x"})");
}
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
    std::string encoded;
    for (const char c : naughty.bytes.substr(0, 1000)) {
      constexpr std::string_view digits = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      encoded += {'%', digits[byte >> 4], digits[byte & 15]};
    }
    return api().http().del("/auth/sessions/" + encoded, bearer(tokens_.access));
  });
}

TEST_F(NaughtyStrings, InQuery) {
  try_all([&](const NaughtyString& naughty) {
    std::string encoded;
    for (const char c : naughty.bytes.substr(0, 1000)) {
      constexpr std::string_view digits = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      encoded += {'%', digits[byte >> 4], digits[byte & 15]};
    }
    return api().http().get("/auth/sessions?limit=" + encoded + "&cursor=" + encoded, bearer(tokens_.access));
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
