// SPDX-License-Identifier: Apache-2.0
#include "providers/limiter.h"

#include "plugins/instance.h"
#include "providers/slices.h"

#include <gatehouse/rate_limiter.h>

namespace gatehouse::providers {
namespace {

const gh_rate_limiter_v1& table_of(const void* table) { return *static_cast<const gh_rate_limiter_v1*>(table); }

}  // namespace

Limiter::Limiter(plugins::Instance& instance) : instance_(instance) {}

Result<Admission> Limiter::take(std::string_view key, std::uint32_t limit, std::chrono::microseconds window,
                                const Call& call) {
  const gh_take take{sizeof(gh_take), limit, window.count(), slice(key)};
  gh_take_out out{};
  out.struct_size = sizeof(out);
  const auto status = instance_.enter(GH_RATE_LIMITER_V1, "take", call, {GH_OK},
                                      [&](const void* table, gh_instance* self, const gh_call& gh) {
                                        return table_of(table).take(self, &gh, &take, &out);
                                      });
  if (!status) return status.error();
  if (out.allowed > 1 || out.retry_after_us < 0 || out.remaining >= limit) {
    return Error{Code::Internal, "the rate limiter gave an answer that cannot be"};
  }
  return Admission{out.allowed == 1, out.remaining, std::chrono::microseconds(out.retry_after_us)};
}

Result<void> Limiter::reset(std::string_view key, const Call& call) {
  const auto status = instance_.enter(GH_RATE_LIMITER_V1, "reset", call, {GH_OK},
                                      [&](const void* table, gh_instance* self, const gh_call& gh) {
                                        return table_of(table).reset(self, &gh, slice(key));
                                      });
  if (!status) return status.error();
  return {};
}

Result<void> Limiter::ping(const Call& call) {
  const auto status = instance_.enter(
      GH_RATE_LIMITER_V1, "ping", call, {GH_OK},
      [](const void* table, gh_instance* self, const gh_call& gh) { return table_of(table).ping(self, &gh); });
  if (!status) return status.error();
  return {};
}

}  // namespace gatehouse::providers
