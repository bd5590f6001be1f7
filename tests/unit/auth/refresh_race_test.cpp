// SPDX-License-Identifier: Apache-2.0
#include "unit/auth/auth_fixture.h"

#include <barrier>
#include <functional>
#include <set>
#include <thread>

namespace gatehouse::test {
namespace {

constexpr int clients = 16;

std::vector<Answer> all_at_once(const std::function<Answer(int)>& request) {
  std::vector<Answer> answers(clients);
  std::barrier start(clients);
  std::vector<std::thread> threads;
  for (int i = 0; i < clients; ++i) {
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      answers[static_cast<std::size_t>(i)] = request(i);
    });
  }
  for (auto& thread : threads) thread.join();
  return answers;
}

app::ServiceSettings balanced() {
  app::ServiceSettings settings;
  settings.sessions.rotation.window = std::chrono::seconds(10);
  settings.on_reuse = auth::OnReuse::RevokeSession;
  return settings;
}

class StrictRace : public AuthFixture {};
class BalancedRace : public AuthFixture {
 protected:
  BalancedRace() : AuthFixture(fast(balanced())) {}
};

TEST_F(StrictRace, AtMostOneOfManyGetsASuccessor) {
  for (int round = 0; round < 50; ++round) {
    const auto token = signup("strict" + std::to_string(round) + "@example.org").text("refreshToken");
    int winners = 0;
    for (const auto& answer : all_at_once([&](int) { return refresh(token); })) {
      if (answer.status == 200) {
        ++winners;
      } else {
        EXPECT_TRUE(answer.code == Code::TokenReused || answer.code == Code::SessionRevoked) << code_name(answer.code);
      }
    }
    EXPECT_EQ(winners, 1) << round;
  }
}

TEST_F(StrictRace, RetriesOfOneRequestGetOneSuccessor) {
  for (int round = 0; round < 50; ++round) {
    const auto token = signup("named" + std::to_string(round) + "@example.org").text("refreshToken");
    std::set<std::string> successors;
    for (const auto& answer : all_at_once([&](int) { return refresh(token, "one-request"); })) {
      ASSERT_EQ(answer.status, 200) << code_name(answer.code);
      successors.insert(answer.text("refreshToken"));
    }
    EXPECT_EQ(successors.size(), 1U);
  }
}

TEST_F(BalancedRace, ManyTabsConvergeOnOneLineage) {
  auto token = signup().text("refreshToken");
  for (int round = 0; round < 50; ++round) {
    std::set<std::string> successors;
    for (const auto& answer : all_at_once([&](int) { return refresh(token); })) {
      ASSERT_EQ(answer.status, 200) << code_name(answer.code);
      successors.insert(answer.text("refreshToken"));
    }
    ASSERT_EQ(successors.size(), 1U) << round;
    token = *successors.begin();
    clock.advance(std::chrono::seconds(11));
  }
}

}  // namespace
}  // namespace gatehouse::test
