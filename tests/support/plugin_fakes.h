// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "plugins/instance.h"
#include "plugins/supervisor.h"
#include "support/fake_clock.h"

#include <gatehouse/kms.h>
#include <gatehouse/mail_transport.h>
#include <gatehouse/plugin.h>
#include <gatehouse/rate_limiter.h>
#include <gatehouse/store.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace gatehouse::test {

// Both clocks stand still until the test moves them.
class ManualClock final : public Clock {
 public:
  Time now() const override { return Time(std::chrono::microseconds(1'800'000'000'000'000)) + moved(); }
  Steady steady() const override { return Steady(std::chrono::hours(1)) + moved(); }
  void advance(std::chrono::microseconds by) { moved_ += by.count(); }

 private:
  std::chrono::microseconds moved() const { return std::chrono::microseconds(moved_.load()); }
  std::atomic<std::int64_t> moved_{0};
};

// Keeps every line as "event name=value name=value".
class RecordingLog final : public Log {
 public:
  bool enabled(LogLevel) const noexcept override { return true; }
  void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) noexcept override;
  std::vector<std::string> lines() const;
  bool contains(std::string_view text) const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;  // guarded by mutex_
};

// Everything an instance needs of the host.
struct PluginHost {
  ManualClock clock;
  FailableRandom random;
  RecordingLog log;
  MetricRegistry metrics;
  plugins::Supervisor supervisor{clock};

  plugins::HostServices services() { return {clock, random, log, metrics, &supervisor}; }
  Call call(std::chrono::milliseconds time = std::chrono::seconds(1)) const {
    return {clock.steady() + time, clock.now(), "req-1", "", "acme"};
  }
  // The value of a counter or gauge whose labels include `label`, or -1 when there is none.
  std::int64_t metric(std::string_view name, std::string_view label = {}) const;
};

// A plugin whose every function is the test's: what is not set answers GH_OK and does nothing. It offers all four
// interfaces. The object is the instance, so it is good for one instance at a time.
class ScriptedPlugin {
 public:
  ScriptedPlugin();
  ScriptedPlugin(const ScriptedPlugin&) = delete;
  ScriptedPlugin& operator=(const ScriptedPlugin&) = delete;

  gh_plugin entry;  // may be changed before the instance is made
  // A config for one instance called "it".
  plugins::InstanceConfig config() const;

  std::function<gh_status(const gh_create_args&, const gh_call&, gh_instance**)> on_create;  // replaces everything
  std::function<gh_status(const gh_call&)> on_start, on_drain;
  std::function<void()> on_destroy;

  std::function<gh_status(const gh_call&, const gh_schema&)> on_open;
  std::function<gh_status(const gh_call&, std::uint32_t kind, const gh_key&, const gh_record_sink&)> on_get;
  std::function<gh_status(const gh_call&, const gh_get* gets, std::uint64_t count, const gh_get_sink&)> on_get_many;
  std::function<gh_status(const gh_call&, const gh_query&, const gh_record_sink&, gh_find_out&)> on_find;
  std::function<gh_status(const gh_call&, const gh_write*, std::uint64_t count, gh_commit_out&)> on_commit;
  std::function<gh_status(const gh_call&, std::uint32_t limit, std::uint64_t& deleted)> on_purge;

  std::function<gh_status(const gh_call&, std::uint32_t algorithm)> on_ensure;
  std::function<gh_status(const gh_call&, const gh_key_sink&)> on_keys;
  std::function<gh_status(const gh_call&, std::uint32_t version, std::uint8_t* out, std::uint32_t& used)> on_mac;
  std::function<gh_status(const gh_call&, std::uint32_t version, const gh_bytes_sink&, std::uint32_t& used)> on_sign;
  std::function<gh_status(const gh_call&, std::uint32_t& version)> on_rotate;
  std::function<gh_status(const gh_call&, std::uint32_t algorithm, std::int64_t from_us, std::uint32_t& version)>
      on_rotate_to;

  std::function<gh_status(const gh_call&, const gh_take&, gh_take_out&)> on_take;
  std::function<gh_status(const gh_call&)> on_reset;
  std::function<gh_status(const gh_call&, const gh_mail&)> on_send;
  std::function<gh_status(const gh_call&)> on_ping;

 private:
  gh_setting setting_;
};

// Calls explain() as a plugin would.
void explain(const gh_call& call, std::string_view sentence);

}  // namespace gatehouse::test
