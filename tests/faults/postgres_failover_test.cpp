// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"
#include "support/postgres_server.h"

#include <gtest/gtest.h>

#include <stdlib.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

// A server over a primary that is lost and a synchronous standby that takes its place.
namespace gatehouse::test {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds recovers_in{5};

// Counts what was done by several threads.
class Progress {
 public:
  void step() {
    const std::lock_guard lock(mutex_);
    ++done_;
    changed_.notify_all();
  }
  // How long until there are `more` than now; 60 s: there never were.
  steady_clock::duration wait_for(int more) {
    const auto begin = steady_clock::now();
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, seconds(60), [this, target = done_ + more] { return done_ >= target; });
    return steady_clock::now() - begin;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int done_ = 0;
};

// One client: a chain of refreshes, and one session after the other that is begun and ended.
class Client {
 public:
  Client(const Address& server, std::string name) : server_(server), name_(std::move(name)) {
    chain_ = Api(server_).signed_up(account(name_));
  }

  void run(const std::atomic<bool>& go_on, Progress& ended) {
    Api api(server_);
    for (int turn = 0; go_on; ++turn) {
      refresh(api, turn, go_on);
      const auto begun = api.login(account(name_));
      if (begun.status != 200) continue;
      const auto session = tokens_of(begun);
      if (api.logout(session.access).status != 204) continue;
      ended_.push_back(session);
      ended.step();
    }
  }

  const std::vector<Tokens>& ended() const { return ended_; }
  const Tokens& chain() const { return chain_; }
  int refused() const { return refused_; }

 private:
  // Named, so that a retry after a lost answer gets the same successor.
  void refresh(Api& api, int turn, const std::atomic<bool>& go_on) {
    const auto key = name_ + "-" + std::to_string(turn);
    auto answer = api.refresh(chain_.refresh, key);
    while (answer.status >= 500 && go_on) answer = api.refresh(chain_.refresh, key);
    if (answer.status == 200) {
      chain_ = tokens_of(answer);
    } else if (answer.status < 500) {
      refused_ = answer.status;
    }
  }

  const Address server_;
  const std::string name_;
  Tokens chain_;
  std::vector<Tokens> ended_;
  int refused_ = 0;
};

class PostgresFailover : public testing::Test {
 protected:
  PostgresFailover() {
    primary_.wait_for_standby();
    ::setenv("TEST_DATABASE_URL", primary_.url_with(standby_).c_str(), 1);
    host_ = std::make_unique<ServerProcess>();
  }
  ~PostgresFailover() override { ::unsetenv("TEST_DATABASE_URL"); }

  PostgresServer primary_;
  PostgresServer standby_{{.standby_of = &primary_}};
  std::unique_ptr<ServerProcess> host_;
};

TEST_F(PostgresFailover, UndoesNoLogoutThatWasAnsweredAndIsOverWithinSecondsOfThePromotion) {
  std::vector<Client> clients;
  for (int at = 0; at < 4; ++at) clients.emplace_back(host_->listen(), "user" + std::to_string(at));
  std::atomic<bool> go_on{true};
  Progress ended;
  std::vector<std::thread> threads;
  for (auto& client : clients) threads.emplace_back([&] { client.run(go_on, ended); });

  EXPECT_LT(ended.wait_for(100), seconds(60));
  primary_.kill9();
  standby_.promote();
  EXPECT_LT(ended.wait_for(1), recovers_in);
  EXPECT_LT(ended.wait_for(20), seconds(60));
  go_on = false;
  for (auto& thread : threads) thread.join();

  Api api(host_->listen());
  for (const auto& client : clients) {
    EXPECT_EQ(client.refused(), 0) << "an honest client was refused";
    EXPECT_EQ(api.refresh(client.chain().refresh, "last").status, 200);
    for (const auto& session : client.ended()) {
      EXPECT_EQ(api.user(session.access).status, 401);
      EXPECT_EQ(api.refresh(session.refresh).status, 401);
    }
  }
  EXPECT_EQ(host_->stop(), 0);
}

}  // namespace
}  // namespace gatehouse::test
