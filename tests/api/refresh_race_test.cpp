// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"
#include "support/race.h"

#include <set>

namespace gatehouse::test {
namespace {

constexpr int clients = 32;
const int rounds = race_rounds(200);

// 32 clients present one token at the same moment, 200 times over. Each has a connection of its own that is open
// before.
class RefreshRace : public ApiTest {
 protected:
  void start_with(const std::string& rotation) {
    start({.settings = {{"tokens.rotation", '"' + rotation + '"'},
                        {"tokens.on_reuse", "\"revoke-session\""},
                        {"passwords.hash.memory", "\"1MiB\""}}});
    for (int i = 0; i < clients; ++i) apis_.push_back(std::make_unique<Api>(server().listen()));
  }

  std::vector<HttpResponse> all_refresh(const std::string& token, const std::string& key) {
    std::vector<HttpResponse> answers(clients);
    race(clients, [&](int i) {
      const auto index = static_cast<std::size_t>(i);
      answers[index] = apis_[index]->refresh(token, key);
    });
    return answers;
  }

  static std::set<std::string> successors(const std::vector<HttpResponse>& answers) {
    std::set<std::string> tokens;
    for (const auto& answer : answers) {
      if (answer.status == 200) tokens.insert(tokens_of(answer).refresh);
    }
    return tokens;
  }
  static int count(const std::vector<HttpResponse>& answers, int status) {
    int matching = 0;
    for (const auto& answer : answers) matching += answer.status == status ? 1 : 0;
    return matching;
  }

 private:
  std::vector<std::unique_ptr<Api>> apis_;
};

TEST_F(RefreshRace, BalancedGivesEverybodyTheSameSuccessor) {
  start_with("balanced");
  auto token = api().signed_up(account("ada")).refresh;
  for (int round = 0; round < rounds; ++round) {
    const auto answers = all_refresh(token, "");
    ASSERT_EQ(count(answers, 200), clients) << "round " << round;
    const auto next = successors(answers);
    ASSERT_EQ(next.size(), 1U) << "round " << round;
    // Inside the window a converged session stays on its generation, so the lineage may stand still but never forks.
    token = *next.begin();
  }
  EXPECT_EQ(api().refresh(token).status, 200);
}

TEST_F(RefreshRace, StrictWithARetryKeyGivesEverybodyTheSameSuccessor) {
  start_with("strict");
  auto token = api().signed_up(account("ada")).refresh;
  for (int round = 0; round < rounds; ++round) {
    const auto answers = all_refresh(token, "round-" + std::to_string(round));
    ASSERT_EQ(count(answers, 200), clients) << "round " << round;
    const auto next = successors(answers);
    ASSERT_EQ(next.size(), 1U) << "round " << round;
    ASSERT_NE(*next.begin(), token);
    token = *next.begin();
  }
  EXPECT_EQ(api().refresh(token).status, 200);
}

TEST_F(RefreshRace, StrictWithoutARetryKeyLetsExactlyOneThrough) {
  start_with("strict");
  for (int round = 0; round < rounds; ++round) {
    const auto token = round % 8 == 0 ? api().signed_up(account("ada" + std::to_string(round))).refresh
                                      : api().logged_in(account("ada" + std::to_string(round / 8 * 8))).refresh;
    const auto answers = all_refresh(token, "");
    ASSERT_EQ(count(answers, 200), 1) << "round " << round;
    ASSERT_EQ(count(answers, 401), clients - 1) << "round " << round;
    // The family is ended by the second use, so a successor that was handed out is worth nothing.
    for (const auto& successor : successors(answers)) ASSERT_EQ(api().refresh(successor).status, 401);
  }
}

}  // namespace
}  // namespace gatehouse::test
