// SPDX-License-Identifier: Apache-2.0
#include "case.h"
#include "limiter/cases.h"

#include <gatehouse/rate_limiter.h>

namespace gatehouse::check {

using namespace std::chrono_literals;

std::vector<Case> limiter_cases() {
  const std::string_view id = GH_RATE_LIMITER_V1;
  return {
      {"limiter.counts_to_the_limit", "A window takes exactly the limit; a window later, exactly that again.", id, 20s,
       limiter::counts_to_the_limit},
      {"limiter.agrees_with_the_model", "Random histories get the answers of a bucket that remembers everything.", id,
       30s, limiter::agrees_with_the_model},
      {"limiter.retry_after_is_exact", "After retry_after_us an event is allowed, a microsecond earlier it is not.", id,
       20s, limiter::retry_after_is_exact},
      {"limiter.keys_are_independent", "No two keys share a bucket, whatever bytes they are made of.", id, 30s,
       limiter::keys_are_independent},
      {"limiter.reset_forgets", "reset empties its bucket and no other; unknown keys are fine.", id, 20s,
       limiter::reset_forgets},
      {"limiter.time_is_the_calls", "call->now_us is the only clock.", id, 20s, limiter::time_is_the_calls},
      {"limiter.clock_set_back", "A clock that is set back gives nobody more, and nobody waits longer than a window.",
       id, 20s, limiter::clock_set_back},
      {"limiter.limit_changes_hold", "Another limit holds at once, and exactly after one window.", id, 20s,
       limiter::limit_changes_hold},
      {"limiter.refuses_nonsense", "Limits, windows and keys that cannot be are GH_INVALID and count nothing.", id, 20s,
       limiter::refuses_nonsense},
      {"limiter.takes_extremes",
       "The largest limit, the longest and shortest window, the longer struct of a newer host.", id, 20s,
       limiter::takes_extremes},
      {"limiter.overdue_calls_end", "A call after its deadline ends at once with GH_TIMEOUT and counts nothing.", id,
       20s, limiter::overdue_calls_end},
      {"limiter.exactly_the_limit_of_many", "Of many takes at once on one bucket exactly the limit is allowed.", id,
       60s, limiter::exactly_the_limit_of_many},
      {"limiter.no_window_holds_more", "With many threads at different times no window holds more than the limit.", id,
       60s, limiter::no_window_holds_more},
  };
}

}  // namespace gatehouse::check
