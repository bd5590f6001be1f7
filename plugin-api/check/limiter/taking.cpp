// SPDX-License-Identifier: Apache-2.0
#include "limiter/taking.h"

namespace gatehouse::check::limiter {

Taken Limiter::try_take(const Attempt& attempt, std::chrono::nanoseconds timeout) {
  // Filled with what no answer is: a plugin that leaves a member as it was is seen.
  gh_take_out out{sizeof(gh_take_out), 0xAAAAAAAA, 0xAAAAAAAA, 0, -0x55555555};
  const gh_take take{sizeof(gh_take), attempt.limit, attempt.window_us, slice(attempt.key)};
  Calling calling(context_, "rate_limiter.take", {.now_us = attempt.now_us, .timeout = timeout});
  const auto status = calling.done(table_.take(instance_.self(), calling.call(), &take, &out));
  if (status != GH_OK) {
    context_.expect(status == GH_NOT_FOUND || !calling.words().empty(),
                    "take answered " + status_name(status) + " and did not explain why");
    return {status};
  }
  context_.expect(out.struct_size == sizeof(out), "take wrote to out->struct_size, which says how much room there is");
  context_.expect(out.allowed <= 1, "take answered allowed = " + std::to_string(out.allowed) + "; it is 0 or 1");
  const bool allowed = out.allowed == 1;
  if (allowed) {
    context_.expect(out.remaining < attempt.limit, "take allowed the event and left " + std::to_string(out.remaining) +
                                                       " of " + std::to_string(attempt.limit));
    context_.expect(out.retry_after_us == 0,
                    "take allowed the event and named a time to wait, " + std::to_string(out.retry_after_us) + " us");
  } else {
    context_.expect(out.remaining == 0,
                    "take refused the event though it says " + std::to_string(out.remaining) + " remain");
    context_.expect(out.retry_after_us > 0 && out.retry_after_us <= attempt.window_us + 10 * second_us,
                    "take refused the event with retry_after_us = " + std::to_string(out.retry_after_us) +
                        " for a window of " + std::to_string(attempt.window_us));
  }
  return {status, allowed, out.remaining, out.retry_after_us};
}

Taken Limiter::take(const Attempt& attempt) {
  const auto taken = try_take(attempt);
  context_.expect(taken.status == GH_OK, "take answered " + status_name(taken.status));
  return taken;
}

gh_status Limiter::reset(std::string_view key) {
  Calling calling(context_, "rate_limiter.reset");
  return calling.done(table_.reset(instance_.self(), calling.call(), slice(key)));
}

}  // namespace gatehouse::check::limiter
