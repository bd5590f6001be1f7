// SPDX-License-Identifier: Apache-2.0
#include "sessions/rotation.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace gatehouse::sessions {
namespace {

using namespace std::chrono_literals;

// A second reading of the rules, told as a history instead of counters: it keeps every rotation that ever happened and
// asks the past. Slow, unbounded, and written without a look at decide().
class History {
 public:
  History(Time now, RotationPolicy policy)
      : policy_(policy), last_rotation_(now), budget_(policy.late_budget), budget_at_(now) {}

  Act present(std::uint64_t token, std::string_view key, Time now) {
    const std::uint64_t newest = rotations_.size();
    if (token > newest + 1) return Act::RefuseFuture;
    const bool open = window_open(now);
    if (token == newest && open && forgiven_in_window_) return Act::Converge;
    if (token >= newest) {
      if (!open) {
        window_ = now;
        window_first_ = token;
        forgiven_in_window_ = false;
      }
      while (rotations_.size() <= token) rotations_.push_back(std::string(key));
      last_rotation_ = now;
      seen_.clear();
      return Act::Rotate;
    }
    if (open && token >= window_first_) {
      forgiven_in_window_ = true;
      return Act::Replay;
    }
    if (token + 1 < newest) return Act::Reuse;
    if (!key.empty() && rotations_.back() == key) return Act::ReplayNamed;
    if (seen_.contains(newest)) return Act::Reuse;
    const auto late_by = now > last_rotation_ ? now - last_rotation_ : last_rotation_ - now;
    if (late_by >= policy_.late) return Act::Reuse;
    if (now > budget_at_) {
      const auto gained = std::chrono::duration<double>(now - budget_at_).count() / 86400.0;
      const double refilled = std::min(static_cast<double>(policy_.late_budget), budget_ + gained);
      if (refilled < 1) return Act::Reuse;
      budget_ = refilled;
    } else if (budget_ < 1) {
      return Act::Reuse;
    }
    budget_at_ = now;
    budget_ -= 1;
    return Act::Late;
  }

  void access_token_seen(std::uint64_t generation) { seen_.insert(generation); }
  std::uint64_t newest() const { return rotations_.size(); }

 private:
  bool window_open(Time now) const {
    if (!window_) return false;
    return (now > *window_ ? now - *window_ : *window_ - now) < policy_.window;
  }

  RotationPolicy policy_;
  std::vector<std::string> rotations_;  // the retry key of each
  std::optional<Time> window_;
  std::uint64_t window_first_ = 0;
  bool forgiven_in_window_ = false;
  Time last_rotation_;
  std::set<std::uint64_t> seen_;
  double budget_;
  Time budget_at_;
};

class RandomHistories : public ::testing::TestWithParam<RotationPolicy> {};

TEST_P(RandomHistories, AgreeWithTheSecondModelStepByStep) {
  const auto policy = GetParam();
  for (unsigned seed = 0; seed < 400; ++seed) {
    std::mt19937_64 random(seed);
    const auto pick = [&](std::uint64_t n) { return random() % n; };
    Time now{1'700'000'000s};
    auto state = first_rotation_state(now, policy, "");
    History history(now, policy);
    for (int step = 0; step < 120; ++step) {
      // Mostly short steps, sometimes quiet, sometimes a clock that stands or jumps.
      const std::array steps{0s, 1s, 3s, 9s, 11s, 600s, 7200s, 90000s, -2s, -86400s};
      now += steps[pick(pick(3) == 0 ? steps.size() : 5)];
      const auto back = pick(4);
      const auto newest = history.newest();
      const auto token = pick(10) == 0 ? newest + pick(3) : newest - std::min(newest, back);
      const auto key = pick(2) == 0 ? std::string() : "key-" + std::to_string(pick(3) == 0 ? newest + 100 : token);
      if (pick(5) == 0) {
        history.access_token_seen(newest);
        state.confirmed = true;
      }
      const auto decision = decide(state, {.generation = token, .attempt = key, .binding = {}, .now = now}, policy);
      const auto expected = history.present(token, key, now);
      ASSERT_EQ(decision.act, expected) << "seed " << seed << " step " << step << " token " << token << " newest "
                                        << newest;
      // A reuse ends the session; the history goes on as if it had not, to reach deep states.
      state = decision.next;
      ASSERT_EQ(state.generation, history.newest()) << "seed " << seed << " step " << step;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Profiles, RandomHistories,
                         ::testing::Values(RotationPolicy{}, RotationPolicy{.window = 10s},
                                           RotationPolicy{.window = 10s, .late = 24h, .late_budget = 3}));

}  // namespace
}  // namespace gatehouse::sessions
