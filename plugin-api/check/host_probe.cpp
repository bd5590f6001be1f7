// SPDX-License-Identifier: Apache-2.0
#include "host_probe.h"

#include "calling.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

namespace gatehouse::check {
namespace {

constexpr std::int64_t far_ahead_us = 4'102'444'800'000'000;  // the year 2100
constexpr std::uint64_t most_random = 1 << 20;
constexpr std::size_t longest_name = 40;

std::int64_t monotonic() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

bool is_of_host(std::string_view name) {
  constexpr std::array<std::string_view, 5> names = {"call_errors", "calls", "misuse", "overdue", "refused"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_counter_name(std::string_view name) {
  return !name.empty() && name.size() <= longest_name &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos;
}

}  // namespace

HostProbe& HostProbe::of(void* context, const char* service) {
  auto& self = *static_cast<HostProbe*>(context);
  if (!self.open_.load(std::memory_order_acquire)) {
    self.context_.fail(std::string("it called host->") + service + " after its instance was destroyed");
  }
  return self;
}

HostProbe::HostProbe(Context& context) : context_(context), random_(context.seed()) {
  table_.struct_size = sizeof(table_);
  table_.abi_minor = GH_ABI_MINOR;
  table_.context = this;
  table_.log = [](void* host, std::uint32_t level, gh_slice text) {
    auto& self = of(host, "log");
    if (level > GH_LOG_ERROR) self.context_.fail("it logged at level " + std::to_string(level) + ", which is none");
    check_slice(self.context_, text, "a log line of the plugin", true);
  };
  table_.monotonic_ns = [](void* host) {
    of(host, "monotonic_ns");
    return monotonic();
  };
  table_.wall_us = [](void* host) {
    of(host, "wall_us");
    return far_ahead_us + monotonic() / 1000;
  };
  table_.random_bytes = [](void* host, std::uint8_t* out, std::uint64_t size) -> gh_status {
    auto& self = of(host, "random_bytes");
    if (size > most_random || (out == nullptr && size > 0)) {
      self.context_.fail("it asked the host for " + std::to_string(size) + " random bytes");
    }
    const std::lock_guard lock(self.mutex_);
    std::generate_n(out, size, [&] { return static_cast<std::uint8_t>(self.random_()); });
    return GH_OK;
  };
  table_.count = [](void* host, gh_slice name, std::uint64_t) {
    auto& self = of(host, "count");
    check_slice(self.context_, name, "the name of a counter", true);
    if (!is_counter_name(view(name))) self.context_.fail("it counts under a name that is not [a-z_]{1,40}");
    if (is_of_host(view(name))) {
      self.context_.fail("it counts under \"" + std::string(view(name)) + "\", which is a counter of the host's own");
    }
  };
}

}  // namespace gatehouse::check
