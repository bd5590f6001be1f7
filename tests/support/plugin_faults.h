// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/abi.h>
#include <gatehouse/plugin.h>
#include <gatehouse/store.h>

#include <array>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::plugins {
struct InstanceConfig;
}

// A plugin between the host and a real one, that counts calls and fails on demand. Use:
//
//   StoreFaults faults;                                  // outlives the instance
//   plugins::InstanceConfig config = ...;
//   const auto& entry = faults.in_front_of(gatehouse_plugin_store_memory, config);
//   plugins::Instance store(entry, config, host, {GH_STORE_V1});
//   faults.answer(StoreVerb::Commit, GH_UNAVAILABLE);    // from now on, without reaching the real plugin
//
// One object stands in front of one instance. Everything may be called from any thread at any time.
namespace gatehouse::test {

// Get stands for get_many too: a read of two records at once is one call of it.
enum class StoreVerb : std::uint8_t { Open, Get, Find, Commit, Purge, Ping };
enum class KmsVerb : std::uint8_t { Ensure, Keys, Mac, Sign, Rotate, Ping };
enum class LimiterVerb : std::uint8_t { Take, Reset, Ping };
enum class MailVerb : std::uint8_t { Send, Ping };

constexpr unsigned for_ever = std::numeric_limits<unsigned>::max();

// The part that does not depend on the interface; verbs are counted from 0.
class VerbFaults {
 public:
  VerbFaults() = default;
  VerbFaults(const VerbFaults&) = delete;
  VerbFaults& operator=(const VerbFaults&) = delete;

  struct Plan {
    std::optional<gh_status> instead;
    std::optional<gh_status> after;
  };
  // What the tables do at the beginning of each call: count, wait where it is held, learn what to answer.
  Plan begin(std::size_t verb);
  const gh_plugin& real() const { return *real_; }
  const void* real_table() const { return real_table_; }

 protected:
  ~VerbFaults() = default;
  void set(std::size_t verb, Plan plan, unsigned times, unsigned passing = 0);
  void hold_verb(std::size_t verb, bool held);
  void wait_held_verb(std::size_t verb, unsigned count);
  std::uint64_t calls_of(std::size_t verb) const;
  void clear_all();

  // The real plugin's entry with another life cycle and only one interface, and this object's address as one more
  // setting, which is how create finds it.
  const gh_plugin& disguise(const gh_plugin& real, plugins::InstanceConfig& config, gh_interface interface);

 private:
  struct Lane {
    Plan plan;
    unsigned times = 0;
    unsigned passing = 0;  // calls before the plan holds
    std::uint64_t calls = 0;
    unsigned waiting = 0;
    bool held = false;
  };
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::array<Lane, 8> verbs_;  // guarded by mutex_

  const gh_plugin* real_ = nullptr;
  const void* real_table_ = nullptr;
  gh_plugin entry_{};
  gh_interface interface_{};
  std::vector<gh_setting> settings_;
};

template <class Verb>
class Faults : public VerbFaults {
 public:
  // The next `times` calls answer `status` without reaching the plugin. GH_OK is a lie: nothing was done.
  void answer(Verb verb, gh_status status, unsigned times = for_ever) { set(at(verb), {status, std::nullopt}, times); }
  // As answer, once, after the next `passing` calls.
  void answer_later(Verb verb, gh_status status, unsigned passing) {
    set(at(verb), {status, std::nullopt}, 1, passing);
  }
  // The next `times` calls reach the plugin and are done; the host hears `status` all the same.
  void answer_after(Verb verb, gh_status status, unsigned times = for_ever) {
    set(at(verb), {std::nullopt, status}, times);
  }
  // Calls stop at the door until release().
  void hold(Verb verb) { hold_verb(at(verb), true); }
  void release(Verb verb) { hold_verb(at(verb), false); }
  // Returns when so many calls are being held at once.
  void wait_held(Verb verb, unsigned count = 1) { wait_held_verb(at(verb), count); }

  // Calls that arrived, whatever became of them.
  std::uint64_t calls(Verb verb) const { return calls_of(at(verb)); }
  // Everything works again; what is held goes on.
  void clear() { clear_all(); }

 protected:
  ~Faults() = default;

 private:
  static std::size_t at(Verb verb) { return static_cast<std::size_t>(verb); }
};

class StoreFaults : public Faults<StoreVerb> {
 public:
  // The entry to make the instance from; adds a setting to `config`.
  const gh_plugin& in_front_of(const gh_plugin& real, plugins::InstanceConfig& config);

  // Every record goes through `change` on its way to the host: for lies about versions, lengths, types. What it puts
  // into the record outlives the call. Empty: no change.
  void change_records(std::function<void(gh_record&)> change);
  std::function<void(gh_record&)> change() const;

 private:
  mutable std::mutex change_mutex_;
  std::function<void(gh_record&)> change_;  // guarded by change_mutex_
};

class KmsFaults : public Faults<KmsVerb> {
 public:
  const gh_plugin& in_front_of(const gh_plugin& real, plugins::InstanceConfig& config);
};

class LimiterFaults : public Faults<LimiterVerb> {
 public:
  const gh_plugin& in_front_of(const gh_plugin& real, plugins::InstanceConfig& config);
};

class MailFaults : public Faults<MailVerb> {
 public:
  const gh_plugin& in_front_of(const gh_plugin& real, plugins::InstanceConfig& config);
};

}  // namespace gatehouse::test
