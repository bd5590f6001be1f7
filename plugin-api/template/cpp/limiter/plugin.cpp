// SPDX-License-Identifier: Apache-2.0
// The plugin: what it is called, what the operator may set, and how the calls of the interface reach SlidingWindow.
// The contract of each call stands in <gatehouse/rate_limiter.h>.
#include "sliding_window.h"

#include <gatehouse/sdk/plugin.hpp>

namespace example_limiter {
namespace {

namespace sdk = gatehouse::sdk;

// The operator writes these below [plugin.config]. The host checks keys and types and fills in defaults.
constexpr sdk::Setting settings[] = {
    sdk::Setting::integer("max_keys", "How many keys may be remembered at a time.").by_default("1000000"),
};

class Limiter final : public sdk::Plugin, public sdk::RateLimiter {
 public:
  // No I/O in here: this also runs when the operator only asks for a check of the configuration.
  explicit Limiter(const sdk::Create& create) : host_(create.host), window_(max_keys(create.config)) {}

  sdk::Status take(const sdk::Call& call, const sdk::Take& take, sdk::Taken& taken) override {
    if (is_late(call)) return too_late();
    if (auto wrong = check_key(take.key); !wrong.ok()) return wrong;
    if (take.limit < 1 || take.window_us < 1) return {GH_INVALID, "the limit and the window are 1 or more"};
    const auto verdict = window_.take(take.key, take.limit, take.window_us, call.now_us());
    if (!verdict) {
      // The host adds the plugin's name and shows the counter as gatehouse_plugin_keys_full_total.
      host_.count("keys_full");
      return {GH_UNAVAILABLE, "all places for keys are taken; raise max_keys"};
    }
    taken = {verdict->allowed, verdict->remaining, verdict->retry_after_us};
    return {};
  }

  sdk::Status reset(const sdk::Call& call, std::string_view key) override {
    if (is_late(call)) return too_late();
    if (auto wrong = check_key(key); !wrong.ok()) return wrong;
    window_.forget(key);
    return {};
  }

  // Memory always answers. A limiter on a server of its own asks that server here.
  sdk::Status ping(const sdk::Call&) override { return {}; }

 private:
  static std::size_t max_keys(const sdk::Config& config) {
    const auto keys = config.integer("max_keys");
    if (keys < 1) throw sdk::InvalidSetting("max_keys", "is less than 1");
    return static_cast<std::size_t>(keys);
  }
  // Whoever asked has given up: nothing may be counted.
  bool is_late(const sdk::Call& call) const { return host_.monotonic_ns() > call.deadline_ns(); }
  static sdk::Status too_late() { return {GH_TIMEOUT, "the deadline had passed before the call came"}; }
  static sdk::Status check_key(std::string_view key) {
    if (key.empty() || key.size() > 256) return {GH_INVALID, "a key is not 1 to 256 bytes long"};
    return {};
  }

  sdk::Host host_;
  SlidingWindow window_;
};

}  // namespace

GATEHOUSE_PLUGIN(Limiter, sdk::about("example-limiter", "0.1.0", "Apache-2.0",
                                     "Counts events in this process's memory, in a sliding window.")
                              .with(settings));

}  // namespace example_limiter
