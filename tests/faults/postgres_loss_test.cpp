// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"
#include "support/postgres_server.h"
#include "support/temp_folder.h"

#include <gtest/gtest.h>

#include <signal.h>
#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

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

// Chains of refreshes while the server is killed and comes back: each acknowledged token is the newest or was spent by
// an answer that got lost, and no chain has two successors.
TEST_F(PostgresLoss, UnderLoadNoAcknowledgedRefreshIsUndone) {
  constexpr int chains = 4;
  std::vector<Tokens> newest;
  for (int chain = 0; chain < chains; ++chain) {
    newest.push_back(Api(host_->listen()).signed_up(account("user" + std::to_string(chain))));
  }
  std::atomic<bool> go_on{true};
  std::atomic<int> done{0};
  std::vector<int> in_doubt(chains, 0);
  std::vector<std::thread> clients;
  for (std::size_t chain = 0; chain < chains; ++chain) {
    clients.emplace_back([&, chain] {
      Api api(host_->listen());
      // Named, so that a retry after a lost answer gets the same successor.
      for (int turn = 0; go_on; ++turn) {
        const auto key = "chain-" + std::to_string(chain) + "-" + std::to_string(turn);
        auto answer = api.refresh(newest[chain].refresh, key);
        while (answer.status >= 500 && go_on) answer = api.refresh(newest[chain].refresh, key);
        if (answer.status == 200) {
          newest[chain] = tokens_of(answer);
          ++done;
        } else if (answer.status < 500) {
          in_doubt[chain] = answer.status;
          return;
        }
      }
    });
  }
  // Also when the server does not come back and this test ends here.
  const auto end = [&](std::vector<std::thread>* threads) {
    go_on = false;
    for (auto& thread : *threads) thread.join();
    threads->clear();
  };
  const std::unique_ptr<std::vector<std::thread>, decltype(end)> running(&clients, end);
  const auto wait_for = [&](int more) {
    const int target = done + more;
    const auto until = steady_clock::now() + seconds(30);
    while (done < target && steady_clock::now() < until) std::this_thread::yield();
  };
  for (int round = 0; round < 3; ++round) {
    wait_for(100);
    postgres_.kill9();
    postgres_.start();
  }
  wait_for(100);
  end(&clients);
  EXPECT_GT(done, 400);
  for (std::size_t chain = 0; chain < chains; ++chain) {
    EXPECT_EQ(in_doubt[chain], 0) << "an honest client was refused";
  }
  EXPECT_EQ(host_->stop(), 0);
}

TEST_F(PostgresLoss, AKilledHostLosesNothingItHasAnswered) {
  Api api(host_->listen());
  const auto kept = api.signed_up(account("ada"));
  const auto ended = api.logged_in(account("ada"));
  ASSERT_EQ(api.logout(ended.access).status, 204);
  host_->kill9();
  host_->restart();
  Api after(host_->listen());
  EXPECT_EQ(after.user(kept.access).status, 200);
  EXPECT_EQ(after.user(ended.access).status, 401);
  EXPECT_EQ(after.refresh(kept.refresh).status, 200);
  EXPECT_EQ(host_->stop(), 0);
}

}  // namespace
}  // namespace gatehouse::test
