// SPDX-License-Identifier: Apache-2.0
#include "store_copy_fixture.h"
#include "support/api_client.h"

#include <gmock/gmock.h>

#include <signal.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <string>
#include <thread>
#include <vector>

// Sessions move from Redis to PostgreSQL while clients are at work.
namespace gatehouse::test {
namespace {

using testing::HasSubstr;

constexpr std::size_t users = 100;
constexpr std::size_t sessions_each = 10;
constexpr std::size_t clients = 4;

// A device: what it holds is the last answer it got.
struct Device {
  Tokens tokens;
  bool logged_out = false;
};

class StoreSwitch : public StoreCopyOverServers {
 protected:
  ServerOptions options(const std::string& sessions) const {
    ServerOptions options;
    options.settings = {{"storage.default", R"(["postgres"])"},
                        {"state_dir", '"' + (folder_.path() / "state").string() + '"'}};
    for (const char* kind : {"sessions", "tickets", "mail_jobs"}) {
      options.settings[std::string("storage.") + kind] = "[\"" + sessions + "\"]";
    }
    options.more = postgres_block() + (sessions == "redis" ? redis_block() : "");
    return options;
  }
  std::string copy_config() const {
    return config("default = [\"postgres\"]\nsessions = [\"redis\"]\ntickets = [\"redis\"]\nmail_jobs = [\"redis\"]",
                  postgres_block() + redis_block());
  }
  void log_in(const Address& to) {
    devices_.resize(users * sessions_each);
    in_parallel([&](std::size_t client) {
      Api api(to);
      for (std::size_t user = client; user < users; user += clients) {
        const auto who = account("user" + std::to_string(user));
        devices_[user * sessions_each].tokens = api.signed_up(who);
        for (std::size_t at = 1; at < sessions_each; ++at) {
          devices_[user * sessions_each + at].tokens = api.logged_in(who);
        }
      }
    });
  }
  template <class Work>
  static void in_parallel(const Work& work) {
    std::vector<std::thread> threads;
    for (std::size_t client = 0; client < clients; ++client) threads.emplace_back([&, client] { work(client); });
    for (auto& thread : threads) thread.join();
  }
  // Refreshes its share of the devices, round after round, until the server answers no more.
  void keep_refreshing(const Address& at, std::size_t client) {
    Api api(at);
    try {
      for (;;) {
        for (std::size_t device = client; device < devices_.size(); device += clients) {
          if (devices_[device].logged_out) continue;
          const auto answer = api.refresh(devices_[device].tokens.refresh);
          if (answer.status == 503) return;
          devices_[device].tokens = tokens_of(answer);
          ++refreshes_;
          if (refreshes_ % 97 == 0) log_out(api, devices_[device]);
        }
      }
    } catch (const std::exception& ended) {
      if (!stopping_) ADD_FAILURE() << ended.what();
    }
  }
  void log_out(Api& api, Device& device) {
    if (++logouts_ > 40) return;
    device.logged_out = api.logout(device.tokens.access).status == 204;
  }

  std::vector<Device> devices_;
  std::atomic<std::size_t> refreshes_{0};
  std::atomic<int> logouts_{0};
  std::atomic<bool> stopping_{false};
};

TEST_F(StoreSwitch, UnderRefreshLoadLogsNobodyOutAndBringsNobodyBack) {
  must({"migrate", "up"}, copy_config());
  ServerProcess before(options("redis"));
  log_in(before.listen());

  auto call = command({"store", "copy", "--from", "redis", "--to", "postgres", "--kinds", "session,ticket,mail_job",
                       "--follow", "--verify"},
                      copy_config());
  call.out = folder_.path() / "copy.out";
  call.err = folder_.path() / "copy.err";
  call.dies_with_us = true;
  Program copying(call);
  std::thread load([&] { in_parallel([&](std::size_t client) { keep_refreshing(before.listen(), client); }); });
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  const auto following = [&] { return read_file(call.err).find("to switch: ") != std::string::npos; };
  while (!following() && std::chrono::steady_clock::now() < until && !copying.wait(std::chrono::milliseconds(20))) {
  }
  EXPECT_TRUE(following()) << read_file(call.err);
  // Every session changes at least once more while the copy follows.
  const auto seen = refreshes_.load();
  while (refreshes_ < seen + 2 * devices_.size() && std::chrono::steady_clock::now() < until) {
    if (copying.wait(std::chrono::milliseconds(20))) break;
  }
  EXPECT_GE(refreshes_, seen + 2 * devices_.size());

  stopping_ = true;
  EXPECT_EQ(before.stop(), 0);
  load.join();
  copying.signal(SIGTERM);
  ASSERT_EQ(copying.wait(std::chrono::seconds(60)), 0) << read_file(call.err);
  EXPECT_THAT(read_file(call.out), HasSubstr("both hold the same"));

  // Its configuration does not name Redis any more.
  ServerProcess after(options("postgres"));
  std::atomic<int> lost{0};
  std::atomic<int> back{0};
  std::atomic<int> alive{0};
  in_parallel([&](std::size_t client) {
    Api api(after.listen());
    for (std::size_t device = client; device < devices_.size(); device += clients) {
      const bool refreshed = api.refresh(devices_[device].tokens.refresh).status == 200;
      const bool wanted = !devices_[device].logged_out;
      ++(refreshed ? (wanted ? alive : back) : (wanted ? lost : alive));
    }
  });
  EXPECT_EQ(lost, 0) << "of " << devices_.size() << " sessions";
  EXPECT_EQ(back, 0) << "logged out before the switch";
  EXPECT_GT(logouts_, 0);
  RecordProperty("refreshes", static_cast<int>(refreshes_));
  EXPECT_EQ(after.stop(), 0);
}

}  // namespace
}  // namespace gatehouse::test
