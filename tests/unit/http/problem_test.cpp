// SPDX-License-Identifier: Apache-2.0
#include "http/problem.h"

#include "support/json.h"

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace gatehouse::http {
namespace {

// The enum is closed and dense: from its first to its last.
std::vector<Code> all_codes() {
  std::vector<Code> codes;
  for (auto code = 0; code <= static_cast<int>(Code::Internal); ++code) codes.push_back(static_cast<Code>(code));
  return codes;
}

std::string header(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

TEST(Problem, EveryCodeHasAStatusATitleAndADetail) {
  for (const auto code : all_codes()) {
    const auto& kind = problem_kind(code);
    EXPECT_GE(kind.status, 400) << code_name(code);
    EXPECT_LE(kind.status, 505) << code_name(code);
    EXPECT_FALSE(kind.title.empty()) << code_name(code);
    EXPECT_FALSE(kind.detail.empty()) << code_name(code);
  }
}

TEST(Problem, EveryCodeHasItsOwnTitle) {
  std::set<std::string_view> titles;
  for (const auto code : all_codes()) titles.insert(problem_kind(code).title);
  EXPECT_EQ(titles.size(), all_codes().size());
}

TEST(Problem, StatusAndLegacyCodeAreThoseOfTheTable) {
  struct Row {
    Code code;
    int status;
    const char* legacy;
  };
  const Row rows[] = {
      {Code::InvalidCredentials, 401, "AUTH_001"},
      {Code::EmailNotVerified, 403, "AUTH_002"},
      {Code::AccountLocked, 429, "AUTH_003"},
      {Code::TokenExpired, 401, "AUTH_004"},
      {Code::TokenInvalid, 401, "AUTH_005"},
      {Code::SessionRevoked, 401, "AUTH_006"},
      {Code::PermissionDenied, 403, "AUTH_007"},
      {Code::TokenReused, 401, "AUTH_006"},
      {Code::TokenMissing, 401, ""},
      {Code::ReauthenticationRequired, 401, ""},
      {Code::DuplicateEmail, 409, ""},
      {Code::SlugTaken, 409, ""},
      {Code::Conflict, 409, ""},
      {Code::InvalidTenant, 400, ""},
      {Code::ValidationFailed, 400, ""},
      {Code::UnknownField, 400, ""},
      {Code::MalformedJson, 400, ""},
      {Code::InvalidResetToken, 400, ""},
      {Code::InvalidVerificationToken, 400, ""},
      {Code::PasswordPolicy, 422, ""},
      {Code::SamePassword, 422, ""},
      {Code::RateLimited, 429, ""},
      {Code::Overloaded, 503, ""},
      {Code::ProviderUnavailable, 503, ""},
      {Code::InDoubt, 503, ""},
      {Code::NotFound, 404, ""},
      {Code::MethodNotAllowed, 405, ""},
      {Code::PayloadTooLarge, 413, ""},
      {Code::UnsupportedMediaType, 415, ""},
      {Code::OriginNotAllowed, 403, ""},
      {Code::BadRequest, 400, ""},
      {Code::RequestTimeout, 408, ""},
      {Code::UriTooLong, 414, ""},
      {Code::HeadersTooLarge, 431, ""},
      {Code::ExpectationFailed, 417, ""},
      {Code::VersionNotSupported, 505, ""},
      {Code::Internal, 500, ""},
  };
  ASSERT_EQ(std::size(rows), all_codes().size());
  for (const auto& row : rows) {
    EXPECT_EQ(problem_kind(row.code).status, row.status) << code_name(row.code);
    EXPECT_EQ(problem_kind(row.code).legacy, row.legacy) << code_name(row.code);
  }
}

TEST(Problem, IsRenderedAsProblemJson) {
  Error error{Code::TokenExpired, "for the log only"};
  const auto response = render_problem(error, "https://auth.example.com", "0af7651916cd43dd8448eb211c80319c");
  const auto json = test::Json::parse(response.body);
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_EQ(json["type"].text(), "https://auth.example.com/errors/TOKEN_EXPIRED");
  EXPECT_EQ(json["title"].text(), "Token expired");
  EXPECT_EQ(json["status"].integer(), 401);
  EXPECT_EQ(json["code"].text(), "TOKEN_EXPIRED");
  EXPECT_EQ(json["legacyCode"].text(), "AUTH_004");
  EXPECT_EQ(json["traceId"].text(), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_TRUE(json["errors"].missing());
}

TEST(Problem, TheOperatorsDetailIsNotShown) {
  for (const auto code : all_codes()) {
    const auto response = render_problem(Error{code, "CANARY"}, "", "");
    EXPECT_EQ(response.body.find("CANARY"), std::string::npos) << code_name(code);
  }
}

TEST(Problem, EachFieldHasItsEntry) {
  const Error error{Code::PasswordPolicy,
                    {},
                    {{"/password", "PASSWORD_TOO_SHORT", "at least 12"}, {"/password", "PASSWORD_COMMON", "known"}}};
  const auto json = test::Json::parse(render_problem(error, "", "").body);
  ASSERT_EQ(json["errors"].size(), 2U);
  EXPECT_EQ(json["errors"][0]["pointer"].text(), "/password");
  EXPECT_EQ(json["errors"][1]["code"].text(), "PASSWORD_COMMON");
}

TEST(Problem, Every429And503SaysWhenToRetry) {
  for (const auto code : all_codes()) {
    const auto response = render_problem(Error{code}, "", "");
    const bool waits = response.status == 429 || response.status == 503;
    EXPECT_EQ(header(response, "Retry-After").empty(), !waits) << code_name(code);
  }
}

TEST(Problem, RetryAfterIsWholeSecondsRoundedUp) {
  const auto after = [](std::chrono::milliseconds wait) {
    return header(render_problem(Error{Code::RateLimited, {}, {}, wait}, "", ""), "Retry-After");
  };
  using namespace std::chrono_literals;
  EXPECT_EQ(after(0ms), "1");
  EXPECT_EQ(after(1ms), "1");
  EXPECT_EQ(after(1000ms), "1");
  EXPECT_EQ(after(1001ms), "2");
  EXPECT_EQ(after(900s), "900");
}

TEST(Problem, Every401HasAChallenge) {
  for (const auto code : all_codes()) {
    const auto response = render_problem(Error{code}, "", "");
    EXPECT_EQ(header(response, "WWW-Authenticate").starts_with("Bearer "), response.status == 401) << code_name(code);
  }
}

TEST(Problem, OnlyAPresentedTokenIsCalledInvalid) {
  const auto challenge = [](Code code) { return header(render_problem(Error{code}, "", ""), "WWW-Authenticate"); };
  EXPECT_EQ(challenge(Code::TokenExpired), "Bearer error=\"invalid_token\"");
  EXPECT_EQ(challenge(Code::SessionRevoked), "Bearer error=\"invalid_token\"");
  EXPECT_EQ(challenge(Code::TokenMissing).find("error"), std::string::npos);
  EXPECT_EQ(challenge(Code::InvalidCredentials).find("error"), std::string::npos);
}

}  // namespace
}  // namespace gatehouse::http
