// SPDX-License-Identifier: Apache-2.0
#include "check/faulty.h"

#include <gatehouse/rate_limiter.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <mutex>

extern "C" const gh_plugin gatehouse_plugin_store_memory;

namespace gatehouse::test::faulty {
namespace {

const gh_rate_limiter_v1& right() {
  const auto& plugin = gatehouse_plugin_store_memory;
  const auto* found = std::find_if(plugin.interfaces, plugin.interfaces + plugin.interface_count,
                                   [](const auto& each) { return std::string_view(each.id) == GH_RATE_LIMITER_V1; });
  return *static_cast<const gh_rate_limiter_v1*>(found->table);
}

std::mutex mutex;
std::map<std::string, std::uint32_t, std::less<>> first_limits;
int64_t latest_us = INT64_MIN;

void change(gh_take& take, gh_call& call, std::string& key) {
  if (is("counts one more") || (is("counts more when crowded") && crowded())) ++take.limit;
  if (is("has its own clock")) call.now_us = 1'800'000'000'000'000;
  if (is("folds case"))
    std::transform(key.begin(), key.end(), key.begin(), [](unsigned char c) { return std::tolower(c); });
  if (is("ends keys at NUL")) key = key.substr(0, key.find('\0'));
  if (is("cuts windows to 32 bits")) take.window_us = static_cast<int32_t>(take.window_us);
  if (is("takes any limit")) take.limit = std::max(take.limit, 1u);
  const std::lock_guard lock(mutex);
  if (is("never goes back")) call.now_us = latest_us = std::max(latest_us, call.now_us);
  if (is("keeps the first limit")) take.limit = first_limits.emplace(key, take.limit).first->second;
}

gh_status take(gh_instance* self, const gh_call* call, const gh_take* given, gh_take_out* out) {
  if (is("wants its own size") && given->struct_size != sizeof(*given)) return explain(call, GH_INVALID, "size");
  if (is("dawdles")) dawdle(call);
  auto changed = *given;
  auto changed_call = *call;
  if (is("takes its time")) changed_call.deadline_ns = INT64_MAX;
  std::string key(view(given->key));
  change(changed, changed_call, key);
  changed.key = slice(key);
  const auto status = right().take(self, &changed_call, &changed, out);
  // What it says remains goes with the limit it was asked for, or that alone would give it away.
  if (changed.limit > given->limit && status == GH_OK && out->remaining > 0) out->remaining -= 1;
  if (is("waits too short") && status == GH_OK && out->allowed == 0) out->retry_after_us -= 1;
  if (is("remains one less") && status == GH_OK && out->remaining > 0) out->remaining -= 1;
  return status;
}

gh_status reset(gh_instance* self, const gh_call* call, gh_slice key) {
  return is("resets nothing") ? GH_OK : right().reset(self, call, key);
}

gh_status ping(gh_instance* self, const gh_call* call) {
  if (is("ends with another") && one_is_gone) return explain(call, GH_UNAVAILABLE, "its connection was closed");
  return right().ping(self, call);
}

constexpr gh_rate_limiter_v1 table{sizeof(gh_rate_limiter_v1), 0, take, reset, ping};

}  // namespace
}  // namespace gatehouse::test::faulty

extern "C" const gh_interface FAULTY_TABLE = {GH_RATE_LIMITER_V1, &gatehouse::test::faulty::table};
