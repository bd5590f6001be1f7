// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"

#include <atomic>
#include <thread>

namespace gatehouse::test {
namespace {

class Restart : public ApiTest {
 protected:
  void SetUp() override { start(); }
  // The store keeps everything in memory: what was in it is gone, which is documented, and nothing of it half-lives.
  void nothing_of_it_lives(const Account& who, const Tokens& tokens) {
    Api after(server().listen());
    EXPECT_TRUE(is_problem(after.user(tokens.access), 401, "SESSION_REVOKED"));
    const auto refreshed = after.refresh(tokens.refresh);
    EXPECT_EQ(refreshed.status, 401) << refreshed.body;
    EXPECT_TRUE(is_problem(after.login(who), 401, "INVALID_CREDENTIALS"));
    const auto again = after.signed_up(who);
    EXPECT_NE(again.user, tokens.user) << "an id was used twice";
    EXPECT_EQ(after.user(tokens.access).status, 401) << "the old token fits the new account";
  }
};

TEST_F(Restart, AfterAKillTheMemoryStoreIsEmpty) {
  const auto who = account("ada");
  const auto tokens = api().signed_up(who);
  server().kill9();
  server().restart();
  nothing_of_it_lives(who, tokens);
}

TEST_F(Restart, AfterAnOrderlyStopItIsAsEmpty) {
  const auto who = account("ada");
  const auto tokens = api().signed_up(who);
  ASSERT_EQ(server().stop(), 0);
  server().restart();
  nothing_of_it_lives(who, tokens);
}

TEST_F(Restart, KillsUnderLoadLeaveAServerThatStarts) {
  for (int round = 0; round < 5; ++round) {
    std::atomic<bool> go_on{true};
    std::vector<std::thread> clients;
    for (int i = 0; i < 4; ++i) {
      clients.emplace_back([&, i] {
        try {
          Api client(server().listen());
          auto tokens = client.signed_up(account(std::to_string(round).append("-").append(std::to_string(i))));
          while (go_on) tokens = client.refreshed(tokens.refresh);
        } catch (const std::exception&) {
          // The connection ends when the server is killed: that is the point.
        }
      });
    }
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    HttpClient probe(server().listen());
    for (int i = 0; i < 200 && std::chrono::steady_clock::now() < until; ++i) probe.get("/.well-known/jwks.json");
    server().kill9();
    go_on = false;
    for (auto& client : clients) client.join();
    server().restart();
    ASSERT_EQ(HttpClient(server().listen()).get("/.well-known/jwks.json").status, 200);
  }
}

TEST_F(Restart, ATakenPortIsNamed) {
  try {
    const ServerProcess second({.listen = server().listen().text()});
    FAIL() << "two servers on one port";
  } catch (const std::runtime_error& refusal) {
    EXPECT_NE(std::string(refusal.what()).find(server().listen().text()), std::string::npos) << refusal.what();
  }
}

}  // namespace
}  // namespace gatehouse::test
