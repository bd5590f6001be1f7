// SPDX-License-Identifier: Apache-2.0
#include "providers/limiter.h"

#include "plugins/instance.h"
#include "providers/slices.h"

#include <gatehouse/rate_limiter.h>

namespace gatehouse::providers {
namespace {

using plugins::Entered;
using plugins::Timing;

const gh_rate_limiter_v1& table_of(const Entered& in) { return *static_cast<const gh_rate_limiter_v1*>(in.table); }

}  // namespace

Limiter::Limiter(plugins::Instance& instance)
    : instance_(instance),
      take_(instance.operation(GH_RATE_LIMITER_V1, "take", Timing::OneIn64)),
      reset_(instance.operation(GH_RATE_LIMITER_V1, "reset", Timing::EveryCall)),
      ping_(instance.operation(GH_RATE_LIMITER_V1, "ping", Timing::EveryCall)) {}

Result<Admission> Limiter::take(std::string_view key, std::uint32_t limit, std::chrono::microseconds window,
                                const Call& call) {
  const gh_take take{sizeof(gh_take), limit, window.count(), slice(key)};
  gh_take_out out{};
  out.struct_size = sizeof(out);
  auto body = [&](const Entered& in) { return table_of(in).take(in.self, &in.call, &take, &out); };
  const auto status = instance_.enter(take_, call, {}, nullptr, body);
  if (!status) return status.error();
  if (out.allowed > 1 || out.retry_after_us < 0 || out.remaining >= limit) {
    return instance_.disbelieve(take_, call, "gave an answer that cannot be");
  }
  return Admission{out.allowed == 1, out.remaining, std::chrono::microseconds(out.retry_after_us)};
}

Result<void> Limiter::reset(std::string_view key, const Call& call) {
  auto body = [&](const Entered& in) { return table_of(in).reset(in.self, &in.call, slice(key)); };
  const auto status = instance_.enter(reset_, call, {}, nullptr, body);
  if (!status) return status.error();
  return {};
}

Result<void> Limiter::ping(const Call& call) {
  auto body = [](const Entered& in) { return table_of(in).ping(in.self, &in.call); };
  const auto status = instance_.enter(ping_, call, {}, nullptr, body);
  if (!status) return status.error();
  return {};
}

}  // namespace gatehouse::providers
