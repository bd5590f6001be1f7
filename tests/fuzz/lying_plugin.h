// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/kms.h>
#include <gatehouse/plugin.h>
#include <gatehouse/rate_limiter.h>
#include <gatehouse/store.h>

#include <cstdint>
#include <string_view>
#include <thread>
#include <vector>

namespace gatehouse::plugins {
struct InstanceConfig;
}

namespace gatehouse::fuzz {

// What lying plugins answer, byte by byte out of a fuzz input: 0 and everything after its end is the truth. Only the
// thread that began it hears lies, so that a run is the same every time.
class Script {
 public:
  void begin(std::string_view bytes) {
    rest_ = bytes;
    liar_ = std::this_thread::get_id();
    changed_content_ = false;
  }
  void end() {
    rest_ = {};
    liar_ = {};
  }

  std::uint8_t next() {
    if (rest_.empty() || std::this_thread::get_id() != liar_) return 0;
    const auto byte = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }
  std::uint64_t number(int bytes) {
    std::uint64_t value = 0;
    for (int i = 0; i < bytes; ++i) value = value << 8 | next();
    return value;
  }

  // A lie that no host can see through: a well-formed record that holds something else. Who trusts a store with what
  // it holds cannot be asked to notice.
  void content_changed() { changed_content_ = true; }
  bool changed_content() const { return changed_content_; }

 private:
  std::string_view rest_;
  std::thread::id liar_;
  bool changed_content_ = false;
};

// A plugin in front of a real one, with the same interfaces, whose answers are the script's. `real` and `script`
// outlive it; one instance.
class LyingPlugin {
 public:
  LyingPlugin(const gh_plugin& real, Script& script);
  LyingPlugin(const LyingPlugin&) = delete;
  LyingPlugin& operator=(const LyingPlugin&) = delete;

  // The entry to make the instance from; adds a setting to `config`.
  const gh_plugin& entry(plugins::InstanceConfig& config);

  const gh_plugin& real() const { return real_; }
  Script& script() { return script_; }
  gh_instance* inner = nullptr;

 private:
  const gh_plugin& real_;
  Script& script_;
  gh_plugin entry_;
  std::vector<gh_setting> settings_;
  std::vector<gh_interface> interfaces_;
};

}  // namespace gatehouse::fuzz
