// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"
#include "support/postgres_server.h"
#include "support/temp_folder.h"

#include <gtest/gtest.h>

#include <signal.h>
#include <stdlib.h>

#include <chrono>
#include <memory>
#include <string>

// Servers over a PostgreSQL that dies, hangs and comes back.
namespace gatehouse::test {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds recovers_in{5};

class PostgresLoss : public testing::Test {
 protected:
  PostgresLoss() {
    // What ServerProcess makes of it: tables of its own for this server.
    ::setenv("TEST_DATABASE_URL", postgres_.url().c_str(), 1);
    host_ = std::make_unique<ServerProcess>();
  }
  ~PostgresLoss() override { ::unsetenv("TEST_DATABASE_URL"); }

  // Until a request that needs the store is answered by it.
  std::chrono::milliseconds recovery(const std::string& access) {
    const auto begin = steady_clock::now();
    while (Api(host_->listen()).user(access).status >= 500) {
      if (steady_clock::now() - begin > seconds(60)) throw std::runtime_error("the server did not recover");
    }
    return std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - begin);
  }

  PostgresServer postgres_;
  std::unique_ptr<ServerProcess> host_;
};

TEST_F(PostgresLoss, IsAnsweredWith503AndOverWithinSecondsWithoutARestart) {
  Api api(host_->listen());
  const auto kept = api.signed_up(account("ada"));
  const auto ended = api.logged_in(account("ada"));
  ASSERT_EQ(api.logout(ended.access).status, 204);

  postgres_.kill9();
  EXPECT_TRUE(is_problem(api.user(kept.access), 503, "PROVIDER_UNAVAILABLE"));
  EXPECT_TRUE(is_problem(api.refresh(kept.refresh), 503, "PROVIDER_UNAVAILABLE"));
  EXPECT_TRUE(is_problem(api.user(ended.access), 503, "PROVIDER_UNAVAILABLE")) << "never a yes";
  postgres_.start();

  EXPECT_LT(recovery(kept.access), recovers_in);
  EXPECT_EQ(api.user(kept.access).status, 200);
  EXPECT_EQ(api.user(ended.access).status, 401) << "a logout that was answered stays";
  EXPECT_EQ(api.refresh(kept.refresh).status, 200) << "the token was not spent by the attempt that failed";
  EXPECT_EQ(host_->stop(), 0);
}

TEST_F(PostgresLoss, AHangHoldsNoRequestLongerThanItsTimeAndIsOverWithinSeconds) {
  Api api(host_->listen());
  const auto kept = api.signed_up(account("ada"));
  postgres_.signal_all(SIGSTOP);
  const auto begin = steady_clock::now();
  EXPECT_TRUE(is_problem(api.user(kept.access), 503, "PROVIDER_UNAVAILABLE"));
  EXPECT_LT(steady_clock::now() - begin, seconds(12)) << "server.handler_timeout is 10 s";
  postgres_.signal_all(SIGCONT);
  EXPECT_LT(recovery(kept.access), recovers_in);
  EXPECT_EQ(host_->stop(), 0);
}

}  // namespace
}  // namespace gatehouse::test
