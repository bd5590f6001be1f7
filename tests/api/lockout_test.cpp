// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"

#include <algorithm>
#include <string>
#include <vector>

namespace gatehouse::test {
namespace {

constexpr const char* wrong = "Violet-Harbour-42";

// All of an answer but what is another one's each time.
std::string whole(const HttpResponse& response) {
  std::vector<std::string> lines;
  for (const auto& [name, value] : response.headers) {
    const bool own = same_name(name, "x-request-id") || same_name(name, "traceparent") || same_name(name, "date");
    if (!own) lines.push_back(name + ": " + value);
  }
  std::sort(lines.begin(), lines.end());
  std::string text = std::to_string(response.status) + "\n";
  for (const auto& line : lines) text += line + "\n";
  return text + comparable(response);
}

class AccountLockout : public ApiTest {
 protected:
  void SetUp() override {
    start({.settings = {{"lockout.enabled", "true"}, {"lockout.window", "\"1h\""}, {"lockout.duration", "\"1h\""}}});
    api().signed_up(who_);
  }
  Api from(const std::string& address) { return Api(server().listen(), "/auth", address); }
  const Account who_ = account("ada");
};

TEST_F(AccountLockout, AnswersByteForByteAlikeWhetherTheAccountExistsAndThePasswordIsRight) {
  auto here = from("127.0.0.2");
  auto there = from("127.0.0.3");
  for (int i = 0; i < 5; ++i) {
    const auto known = here.login({who_.email, wrong});
    EXPECT_TRUE(is_problem(known, 401, "INVALID_CREDENTIALS"));
    EXPECT_EQ(whole(known), whole(there.login(account("nobody")))) << i;
  }
  // Retry-After counts seconds: the answers of a run that a second ends in are compared again.
  std::string right, unknown;
  for (int i = 0; i < 5 && (right.empty() || right != unknown); ++i) {
    const auto locked = here.login(who_);
    EXPECT_TRUE(is_problem(locked, 429, "ACCOUNT_LOCKED"));
    right = whole(locked);
    EXPECT_EQ(comparable(locked), comparable(here.login({who_.email, wrong})));
    unknown = whole(there.login(account("nobody")));
  }
  EXPECT_EQ(right, unknown);
}

TEST_F(AccountLockout, IsOfOneAddressAndLeavesTheOwnerAlone) {
  const auto session = api().logged_in(who_);
  auto guesser = from("127.0.0.2");
  for (int i = 0; i < 6; ++i) guesser.login({who_.email, wrong});
  EXPECT_EQ(guesser.login(who_).status, 429);
  EXPECT_EQ(from("127.0.0.3").login(who_).status, 200);
  EXPECT_EQ(api().user(session.access).status, 200);
  EXPECT_EQ(api().refresh(session.refresh).status, 200);
  EXPECT_NE(metrics().find("gatehouse_lockouts_total{scope=\"device\"} 1"), std::string::npos);
}

TEST_F(AccountLockout, TheRateLimitComesFirst) {
  start({.settings = {{"lockout.enabled", "true"}, {"rate_limit.enabled", "true"}, {"rate_limit.login", "\"3/60s\""}}});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(api().login({who_.email, wrong}).status, 401);
  EXPECT_TRUE(is_problem(api().login({who_.email, wrong}), 429, "RATE_LIMITED"));
}

}  // namespace
}  // namespace gatehouse::test
