// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/host.h>
#include <gatehouse/sdk/view.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gatehouse::sdk {

// What the host does for a plugin. A small handle, copied freely; valid as long as the instance. Any thread.
class Host {
 public:
  explicit Host(const gh_host* host) noexcept : host_(host) {}

  // One log line; the host adds time, plugin name and request id. Never a secret.
  void debug(std::string_view text) const noexcept { log(GH_LOG_DEBUG, text); }
  void info(std::string_view text) const noexcept { log(GH_LOG_INFO, text); }
  void warn(std::string_view text) const noexcept { log(GH_LOG_WARN, text); }
  void error(std::string_view text) const noexcept { log(GH_LOG_ERROR, text); }
  void log(std::uint32_t level, std::string_view text) const noexcept {
    host_->log(host_->context, level, slice(text));
  }

  // The clock of Call::deadline_ns().
  std::int64_t monotonic_ns() const noexcept { return host_->monotonic_ns(host_->context); }
  // Only for work outside any call; a call brings its own now_us().
  std::int64_t wall_us() const noexcept { return host_->wall_us(host_->context); }

  // False: there is no randomness now; nothing may be used, and whatever needed it is refused.
  [[nodiscard]] bool random(void* out, std::size_t size) const noexcept {
    return host_->random_bytes(host_->context, static_cast<std::uint8_t*>(out), size) == GH_OK;
  }

  // Adds to the counter gatehouse_plugin_<name>_total; `name` is [a-z_]{1,40}.
  void count(std::string_view name, std::uint64_t amount = 1) const noexcept {
    host_->count(host_->context, slice(name), amount);
  }

 private:
  const gh_host* host_;
};

}  // namespace gatehouse::sdk
