// SPDX-License-Identifier: Apache-2.0
#include "plugins/host_table.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <span>

namespace gatehouse::plugins {
namespace {

constexpr std::size_t longest_line = 2000;

LogLevel level_of(std::uint32_t level) noexcept {
  switch (level) {
    case GH_LOG_DEBUG: return LogLevel::Debug;
    case GH_LOG_INFO: return LogLevel::Info;
    case GH_LOG_WARN: return LogLevel::Warn;
    default: return LogLevel::Error;
  }
}

std::string_view text_of(const gh_slice& slice, std::size_t longest) noexcept {
  if (slice.data == nullptr) return {};
  return {reinterpret_cast<const char*>(slice.data),
          static_cast<std::size_t>(std::min<std::uint64_t>(slice.size, longest))};
}

// The host's own counters of a plugin: one that wrote to them would say of itself what the host has not seen.
bool is_of_host(std::string_view name) noexcept {
  constexpr std::array<std::string_view, 5> names = {"call_errors", "calls", "misuse", "overdue", "refused"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool counter_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= 40 && !is_of_host(name) &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos;
}

}  // namespace

HostTable::HostTable(std::string plugin, const CallSlots& slots, const Clock& clock, Random& random, Log& log,
                     MetricRegistry& metrics, Counter& misuse)
    : plugin_(std::move(plugin)),
      slots_(slots),
      clock_(clock),
      random_(random),
      log_(log),
      metrics_(metrics),
      misuse_(misuse),
      table_{
          sizeof(gh_host),         GH_ABI_MINOR,    this, HostTable::log, HostTable::monotonic_ns, HostTable::wall_us,
          HostTable::random_bytes, HostTable::count} {}

bool HostTable::usable() noexcept {
  if (open_.load(std::memory_order_acquire)) return true;
  misuse_.add();
  return false;
}

void HostTable::log(void* context, std::uint32_t level, gh_slice text) noexcept {
  auto& self = *static_cast<HostTable*>(context);
  const auto severity = level_of(level);
  if (!self.usable() || !self.log_.enabled(severity)) return;
  const auto request_id = self.slots_.request_id_here();
  const auto line = text_of(text, longest_line);
  if (request_id.empty()) {
    self.log_.write(severity, "plugin log", {{"plugin", std::string_view(self.plugin_)}, {"text", line}});
  } else {
    self.log_.write(severity, "plugin log",
                    {{"plugin", std::string_view(self.plugin_)}, {"text", line}, {"request_id", request_id}});
  }
}

std::int64_t HostTable::monotonic_ns(void* context) noexcept {
  auto& self = *static_cast<HostTable*>(context);
  if (!self.usable()) return 0;
  return std::chrono::nanoseconds(self.clock_.steady().time_since_epoch()).count();
}

std::int64_t HostTable::wall_us(void* context) noexcept {
  auto& self = *static_cast<HostTable*>(context);
  if (!self.usable()) return 0;
  return self.clock_.now().time_since_epoch().count();
}

gh_status HostTable::random_bytes(void* context, std::uint8_t* out, std::uint64_t size) noexcept {
  auto& self = *static_cast<HostTable*>(context);
  if (!self.usable()) return GH_UNAVAILABLE;
  if (size != 0 && out == nullptr) return GH_INVALID;
  try {
    return self.random_.fill(std::span(out, static_cast<std::size_t>(size))) ? GH_OK : GH_UNAVAILABLE;
  } catch (...) {
    return GH_UNAVAILABLE;
  }
}

void HostTable::count(void* context, gh_slice name, std::uint64_t amount) noexcept {
  auto& self = *static_cast<HostTable*>(context);
  if (!self.usable()) return;
  try {
    if (auto* counter = self.counter(text_of(name, 41))) {
      counter->add(amount);
    } else {
      self.misuse_.add();
    }
  } catch (...) {
    // Out of memory for a new counter: this count is lost, as it would be in a process that is about to end.
  }
}

Counter* HostTable::counter(std::string_view name) {
  const auto find = [&](std::size_t known) -> Counter* {
    for (std::size_t i = 0; i < known; ++i) {
      if (counters_[i].name == name) return counters_[i].counter;
    }
    return nullptr;
  };
  if (auto* known = find(counter_count_.load(std::memory_order_acquire))) return known;
  if (!counter_name(name)) return nullptr;
  const std::lock_guard lock(counters_mutex_);
  const auto known = counter_count_.load(std::memory_order_relaxed);
  if (auto* meanwhile = find(known)) return meanwhile;
  if (known == most_counters) return nullptr;
  auto& counter = metrics_.counter("gatehouse_plugin_" + std::string(name) + "_total", "Counted by the plugin.",
                                   {{"plugin", plugin_}});
  counters_[known] = {std::string(name), &counter};
  counter_count_.store(known + 1, std::memory_order_release);
  return &counter;
}

}  // namespace gatehouse::plugins
