// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/plugin.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

namespace gatehouse::test {

inline gh_slice slice(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string text_of(gh_slice slice) { return {reinterpret_cast<const char*>(slice.data), slice.size}; }

// The host's services as a plugin sees them. Clocks stand still unless told otherwise. Any thread.
class FakeHost {
 public:
  FakeHost() {
    table_.struct_size = sizeof table_;
    table_.abi_minor = GH_ABI_MINOR;
    table_.context = this;
    table_.log = [](void* self, std::uint32_t level, gh_slice text) {
      auto& host = *static_cast<FakeHost*>(self);
      const std::lock_guard lock(host.mutex_);
      host.lines_.push_back({level, text_of(text)});
    };
    table_.monotonic_ns = [](void* self) {
      auto& host = *static_cast<FakeHost*>(self);
      if (host.real_time) return std::int64_t{std::chrono::steady_clock::now().time_since_epoch().count()};
      return host.monotonic_ns.fetch_add(host.tick_ns.load());
    };
    table_.wall_us = [](void* self) { return static_cast<FakeHost*>(self)->wall_us.load(); };
    table_.random_bytes = [](void* self, std::uint8_t* out, std::uint64_t size) -> gh_status {
      auto& host = *static_cast<FakeHost*>(self);
      if (host.random_fails) return GH_UNAVAILABLE;
      for (std::uint64_t i = 0; i < size; ++i) out[i] = host.next_byte();
      return GH_OK;
    };
    table_.count = [](void* self, gh_slice name, std::uint64_t) {
      auto& host = *static_cast<FakeHost*>(self);
      const std::lock_guard lock(host.mutex_);
      host.counted_.push_back(text_of(name));
    };
  }
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  const gh_host* table() const { return &table_; }

  std::vector<std::string> lines(std::uint32_t level) const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> found;
    for (const auto& [at, text] : lines_) {
      if (at == level) found.push_back(text);
    }
    return found;
  }
  std::vector<std::string> counted() const {
    const std::lock_guard lock(mutex_);
    return counted_;
  }

  std::atomic<std::int64_t> monotonic_ns{1'000'000'000};
  std::atomic<std::int64_t> tick_ns{0};  // how much later it is after each look at the monotonic clock
  std::atomic<bool> real_time{false};    // the monotonic clock is the machine's
  std::atomic<std::int64_t> wall_us{1'750'000'000'000'000};
  std::atomic<bool> random_fails{false};
  std::atomic<std::uint64_t> random_state{1};  // the same state, the same bytes

 private:
  std::uint8_t next_byte() {
    std::uint64_t x = random_state.fetch_add(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return static_cast<std::uint8_t>(x >> 56);
  }

  gh_host table_{};
  mutable std::mutex mutex_;
  std::vector<std::pair<std::uint32_t, std::string>> lines_;
  std::vector<std::string> counted_;
};

// A folder of its own, gone with everything in it at the end.
class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "gatehouse-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
    path_ = name;
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A gh_call and what the plugin explained during it. One thread.
class TestCall {
 public:
  explicit TestCall(std::int64_t now_us = 1'750'000'000'000'000, std::int64_t deadline_ns = INT64_MAX) {
    call_.struct_size = sizeof call_;
    call_.deadline_ns = deadline_ns;
    call_.now_us = now_us;
    call_.explain_context = this;
    call_.explain = [](void* self, gh_slice text) { static_cast<TestCall*>(self)->explanation = text_of(text); };
  }
  TestCall(const TestCall&) = delete;
  TestCall& operator=(const TestCall&) = delete;

  const gh_call* get() const { return &call_; }

  std::string explanation;

 private:
  gh_call call_{};
};

using SettingValue = std::variant<bool, std::int64_t, std::string>;
using Settings = std::vector<std::pair<std::string, SettingValue>>;

// An instance made and destroyed through the C table alone, as the host does it.
class PluginInstance {
 public:
  // Throws std::runtime_error with the plugin's sentence when create() refuses.
  PluginInstance(const gh_plugin& entry, FakeHost& host, const Settings& settings, std::uint32_t flags = 0)
      : entry_(entry) {
    std::vector<gh_config_entry> entries;
    for (const auto& [key, value] : settings) {
      gh_config_entry made{};
      made.key = slice(key);
      if (const auto* flag = std::get_if<bool>(&value)) {
        made.value = {GH_BOOL, 0, *flag ? 1 : 0, {}};
      } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
        made.value = {GH_INT, 0, *number, {}};
      } else {
        made.value = {GH_TEXT, 0, 0, slice(std::get<std::string>(value))};
      }
      entries.push_back(made);
    }
    gh_create_args args{};
    args.struct_size = sizeof args;
    args.flags = flags;
    args.host = host.table();
    args.name = slice("under-test");
    args.state_dir = slice("/nowhere");
    args.config = entries.data();
    args.config_count = entries.size();
    args.config_stride = sizeof(gh_config_entry);
    TestCall call;
    status_ = entry_.create(&args, call.get(), &self_);
    if (status_ != GH_OK) throw std::runtime_error(call.explanation);
  }
  ~PluginInstance() {
    if (self_ != nullptr) entry_.destroy(self_);
  }
  PluginInstance(const PluginInstance&) = delete;
  PluginInstance& operator=(const PluginInstance&) = delete;

  gh_status start(TestCall& call) { return entry_.start(self_, call.get()); }
  gh_status drain(TestCall& call) { return entry_.drain(self_, call.get()); }
  gh_instance* self() const { return self_; }

  // Null when the plugin does not offer it.
  const void* table(std::string_view id) const {
    for (std::uint32_t i = 0; i < entry_.interface_count; ++i) {
      const auto* at = reinterpret_cast<const std::uint8_t*>(entry_.interfaces) + i * entry_.interface_stride;
      const auto* offered = reinterpret_cast<const gh_interface*>(at);
      if (id == offered->id) return offered->table;
    }
    return nullptr;
  }

 private:
  const gh_plugin& entry_;
  gh_instance* self_ = nullptr;
  gh_status status_ = GH_OK;
};

}  // namespace gatehouse::test
