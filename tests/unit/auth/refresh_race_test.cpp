// SPDX-License-Identifier: Apache-2.0
#include "unit/auth/parallel.h"

#include <set>

namespace gatehouse::test {
namespace {

constexpr int clients = 16;

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
    for (const auto& answer : all_at_once(clients, [&](int) { return refresh(token); })) {
      if (answer.status == 200) {
        ++winners;
      } else {
        EXPECT_TRUE(answer.code == Code::TokenReused || answer.code == Code::SessionRevoked) << answer.refusal();
      }
    }
    EXPECT_EQ(winners, 1) << round;
  }
}

TEST_F(StrictRace, RetriesOfOneRequestGetOneSuccessor) {
  for (int round = 0; round < 50; ++round) {
    const auto token = signup("named" + std::to_string(round) + "@example.org").text("refreshToken");
    std::set<std::string> successors;
    for (const auto& answer : all_at_once(clients, [&](int) { return refresh(token, "one-request"); })) {
      ASSERT_EQ(answer.status, 200) << answer.refusal();
      successors.insert(answer.text("refreshToken"));
    }
    EXPECT_EQ(successors.size(), 1U);
  }
}

TEST_F(BalancedRace, ManyTabsConvergeOnOneLineage) {
  auto token = signup().text("refreshToken");
  for (int round = 0; round < 50; ++round) {
    std::set<std::string> successors;
    for (const auto& answer : all_at_once(clients, [&](int) { return refresh(token); })) {
      ASSERT_EQ(answer.status, 200) << answer.refusal();
      successors.insert(answer.text("refreshToken"));
    }
    ASSERT_EQ(successors.size(), 1U) << round;
    token = *successors.begin();
    clock.advance(std::chrono::seconds(11));
  }
}

}  // namespace
}  // namespace gatehouse::test
