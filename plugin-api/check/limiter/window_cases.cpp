// SPDX-License-Identifier: Apache-2.0
#include "limiter/bucket_model.h"
#include "limiter/cases.h"
#include "limiter/taking.h"

#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse::check::limiter {
namespace {

using namespace std::chrono_literals;

void fill(Limiter& limiter, const Attempt& attempt) {
  for (std::uint32_t i = 0; i < attempt.limit; ++i) {
    limiter.context().expect(limiter.take(attempt).allowed, "a new bucket refused event " + std::to_string(i + 1) +
                                                                " of " + std::to_string(attempt.limit));
  }
}

bool allows(Limiter& limiter, Attempt attempt, std::int64_t now_us) {
  attempt.now_us = now_us;
  return limiter.take(attempt).allowed;
}

}  // namespace

void counts_to_the_limit(Context& context) {
  Limiter limiter(context);
  const auto key = limiter.key("count");
  const Attempt attempt{.key = key, .limit = 5};
  for (std::uint32_t i = 1; i <= 5; ++i) {
    const auto taken = limiter.take(attempt);
    context.expect(taken.allowed, "event " + std::to_string(i) + " of 5 was refused");
    context.expect(taken.remaining == 5 - i,
                   "after event " + std::to_string(i) + " of 5 remaining is " + std::to_string(taken.remaining));
  }
  for (int i = 0; i < 3; ++i) context.expect(!limiter.take(attempt).allowed, "event 6 of 5 was allowed");
  context.expect(!allows(limiter, attempt, attempt.now_us + attempt.window_us - 1),
                 "an event was allowed one microsecond before the window had room");
  for (std::uint32_t i = 1; i <= 5; ++i) {
    context.expect(allows(limiter, attempt, attempt.now_us + attempt.window_us),
                   "one window later event " + std::to_string(i) + " of 5 was refused; refused attempts do not count");
  }
  context.expect(!allows(limiter, attempt, attempt.now_us + attempt.window_us),
                 "one window later event 6 of 5 was allowed");
}

void agrees_with_the_model(Context& context) {
  Limiter limiter(context);
  std::mt19937_64 random(context.seed());
  const int histories = context.rounds(40);
  for (int history = 0; history < histories; ++history) {
    const auto key = limiter.key("history" + std::to_string(history));
    const auto limit = static_cast<std::uint32_t>(1 + random() % 8);
    const auto window_us = static_cast<std::int64_t>(1 + random() % 20'000'000);
    BucketModel model;
    std::int64_t newest = usual_now_us;
    for (int i = 0; i < 150; ++i) {
      newest += static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(window_us));
      // Some calls come late, by less than the ten seconds that are allowed.
      const auto late = random() % 4 == 0 ? static_cast<std::int64_t>(random() % 9'000'000) : 0;
      const auto now = newest - late;
      const auto got = limiter.take({.key = key, .limit = limit, .window_us = window_us, .now_us = now});
      const auto right = model.take(now, limit, window_us);
      if (got.allowed == right.allowed && got.remaining == right.remaining &&
          got.retry_after_us == right.retry_after_us) {
        continue;
      }
      context.detail("history " + std::to_string(history) + ", event " + std::to_string(i) + ": limit " +
                     std::to_string(limit) + " in " + std::to_string(window_us) + " us, call at +" +
                     std::to_string(now - usual_now_us) + " us, " + std::to_string(late) + " us late");
      context.fail(std::string("take ") + (got.allowed ? "allowed" : "refused") + " with remaining " +
                   std::to_string(got.remaining) + " and retry_after_us " + std::to_string(got.retry_after_us) +
                   "; right is " + (right.allowed ? "allowed" : "refused") + ", " + std::to_string(right.remaining) +
                   ", " + std::to_string(right.retry_after_us));
    }
  }
}

void retry_after_is_exact(Context& context) {
  Limiter limiter(context);
  const auto key = limiter.key("retry");
  const Attempt attempt{.key = key, .limit = 3, .window_us = 10 * second_us};
  for (const std::int64_t at : {0, 1, 4}) {
    context.expect(allows(limiter, attempt, usual_now_us + at * second_us), "a new bucket refused an event");
  }
  auto late = attempt;
  late.now_us = usual_now_us + 5 * second_us;
  const auto refused = limiter.take(late);
  context.expect(!refused.allowed, "event 4 of 3 was allowed");
  context.expect(!allows(limiter, attempt, late.now_us + refused.retry_after_us - 1),
                 "it was allowed before retry_after_us was over");
  context.expect(allows(limiter, attempt, late.now_us + refused.retry_after_us),
                 "it was refused though retry_after_us, " + std::to_string(refused.retry_after_us) + " us, was over");
}

void keys_are_independent(Context& context) {
  Limiter limiter(context);
  const auto base = limiter.key("k");
  const std::string longest = base + std::string(256 - base.size(), 'x');
  const std::vector<std::string> keys = {
      base,
      base + "K",
      base + "k",
      base + std::string(1, '\0'),
      base + std::string(2, '\0'),
      base + "/",
      base + "\xff",
      base + "\n",
      base + "\xc3\xa9",
      base + "e\xcc\x81",
      longest,
      longest.substr(0, 255),
      base + "*",
      base + "?",
      base + " ",
      base + "{a}",
  };
  for (const auto& key : keys) fill(limiter, {.key = key, .limit = 2});
  for (const auto& key : keys) {
    context.expect(!limiter.take({.key = key, .limit = 2}).allowed,
                   "a full bucket has room again after others were filled");
  }
  const int more = context.rounds(2000);
  for (int i = 0; i < more; ++i) {
    const auto key = limiter.key("many" + std::to_string(i));
    context.expect(limiter.take({.key = key, .limit = 1}).allowed, "a new bucket refused its first event");
  }
}

void reset_forgets(Context& context) {
  Limiter limiter(context);
  const auto key = limiter.key("reset");
  const auto other = limiter.key("other");
  fill(limiter, {.key = key});
  fill(limiter, {.key = other});
  context.expect(limiter.reset(key) == GH_OK, "reset of a bucket was not GH_OK");
  context.expect(limiter.reset(limiter.key("never")) == GH_OK, "reset of an unknown key was not GH_OK");
  context.expect(!limiter.take({.key = other}).allowed, "reset of one bucket emptied another");
  fill(limiter, {.key = key});
  context.expect(!limiter.take({.key = key}).allowed, "a bucket that was reset allowed more than its limit");
}

void time_is_the_calls(Context& context) {
  Limiter limiter(context);
  for (const std::int64_t now_us : {std::int64_t{1'000'000}, usual_now_us, std::int64_t{9'000'000'000'000'000}}) {
    const auto key = limiter.key("time" + std::to_string(now_us));
    const Attempt attempt{.key = key, .limit = 2, .window_us = 1000, .now_us = now_us};
    fill(limiter, attempt);
    // The window is over by every clock but the call's.
    std::this_thread::sleep_for(20ms);
    context.expect(!limiter.take(attempt).allowed,
                   "it let time pass that did not pass for the calls; call->now_us is the only clock");
    context.expect(allows(limiter, attempt, now_us + attempt.window_us),
                   "it does not see that call->now_us went on by a window; call->now_us is the only clock");
  }
}

void clock_set_back(Context& context) {
  Limiter limiter(context);
  const auto key = limiter.key("back");
  const Attempt attempt{.key = key, .limit = 3, .window_us = 60 * second_us};
  fill(limiter, attempt);
  const auto set_back = usual_now_us - 3600 * second_us;
  auto after = attempt;
  after.now_us = set_back;
  int allowed = 0;
  std::int64_t wait = 0;
  for (int i = 0; i < 10; ++i) {
    const auto taken = limiter.take(after);
    if (taken.allowed) ++allowed;
    wait = std::max(wait, taken.retry_after_us);
  }
  context.expect(allowed <= 3, "after the clock was set back " + std::to_string(allowed) + " events of 3 were allowed");
  context.expect(wait <= attempt.window_us, "after the clock was set back someone waits longer than a window");
  context.expect(allows(limiter, attempt, set_back + attempt.window_us),
                 "one window after the clock was set back it still refuses");
}

void limit_changes_hold(Context& context) {
  Limiter limiter(context);
  const auto key = limiter.key("change");
  fill(limiter, {.key = key, .limit = 4});
  context.expect(!limiter.take({.key = key, .limit = 2}).allowed, "a lowered limit did not hold at once");
  context.expect(!limiter.take({.key = key, .limit = 4}).allowed, "a full bucket has room again");
  context.expect(limiter.take({.key = key, .limit = 6}).allowed, "a raised limit did not hold at once");
  const auto later = usual_now_us + 60 * second_us;
  fill(limiter, {.key = key, .limit = 2, .now_us = later});
  context.expect(!limiter.take({.key = key, .limit = 2, .now_us = later}).allowed,
                 "a changed limit is not exact after one window");
}

void refuses_nonsense(Context& context) {
  Limiter limiter(context);
  const auto key = limiter.key("nonsense");
  const std::string too_long(257, 'k');
  const auto refuse = [&](const Attempt& attempt, const char* what) {
    const auto status = limiter.try_take(attempt).status;
    context.expect(status == GH_INVALID,
                   std::string("take with ") + what + " answered " + status_name(status) + "; it is GH_INVALID");
  };
  refuse({.key = key, .limit = 0}, "a limit of 0");
  refuse({.key = key, .window_us = 0}, "a window of 0");
  refuse({.key = key, .window_us = -1}, "a negative window");
  refuse({.key = ""}, "an empty key");
  refuse({.key = too_long}, "a key of 257 bytes");
  context.expect(limiter.take({.key = key, .limit = 1}).allowed, "calls that were refused counted");
}

void takes_extremes(Context& context) {
  Limiter limiter(context);
  const auto many = limiter.key("many");
  context.expect(limiter.take({.key = many, .limit = UINT32_MAX}).remaining == UINT32_MAX - 1,
                 "a limit of 4294967295 left another number after one event");
  const auto forever = limiter.key("forever");
  fill(limiter, {.key = forever, .limit = 1, .window_us = INT64_MAX / 2});
  const auto later = usual_now_us + 3600 * second_us;
  context.expect(!limiter.take({.key = forever, .limit = 1, .window_us = INT64_MAX / 2, .now_us = later}).allowed,
                 "a window of 146,000 years was over in an hour");
  const auto shortest = limiter.key("shortest");
  fill(limiter, {.key = shortest, .limit = 1, .window_us = 1});
  context.expect(limiter.take({.key = shortest, .limit = 1, .window_us = 1, .now_us = usual_now_us + 1}).allowed,
                 "a window of one microsecond was not over after one");
  // What a newer host sends is longer.
  struct {
    gh_take known;
    std::uint64_t unknown[4];
  } newer{{sizeof(newer), 1, second_us, slice(many)}, {~0ull, ~0ull, ~0ull, ~0ull}};
  gh_take_out out{};
  out.struct_size = sizeof(out);
  Calling calling(context, "rate_limiter.take of a newer host");
  const auto status = calling.done(limiter.table().take(limiter.self(), calling.call(), &newer.known, &out));
  context.expect(status == GH_OK, "a longer gh_take of a newer host was answered with " + status_name(status));
}

void overdue_calls_end(Context& context) {
  Limiter limiter(context);
  const auto key = limiter.key("overdue");
  const auto began = std::chrono::steady_clock::now();
  const auto status = limiter.try_take({.key = key, .limit = 1}, -1s).status;
  const auto took = std::chrono::steady_clock::now() - began;
  context.expect(status == GH_TIMEOUT, "take after its deadline answered " + status_name(status) +
                                           "; it is GH_TIMEOUT, and nothing happens (ABI.md, rule 7)");
  context.expect(took < 1s, "take after its deadline went on for a second or more");
  const bool free = limiter.take({.key = key, .limit = 1}).allowed;
  context.expect(free, "take answered GH_TIMEOUT after its deadline and counted all the same");
}

}  // namespace gatehouse::check::limiter
