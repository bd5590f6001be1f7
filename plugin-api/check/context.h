// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "progress.h"
#include "subject.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

struct gh_plugin;

namespace gatehouse::check {

class CallRing;

// What a case gets. Lives as long as the process of the case; any thread may use it, and so may sinks and callbacks the
// plugin runs.
class Context {
 public:
  // `folder` exists, is empty and is removed by whoever made it. `report` is where frames go (see frames.h), `progress`
  // is memory the runner can still read when this process is gone; `limit` is how long the case may take from now on.
  Context(const Subject& subject, std::string_view case_name, std::filesystem::path folder, int report,
          Progress& progress, std::chrono::milliseconds limit);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  const Subject& subject() const noexcept { return subject_; }
  // For files of the case. Instances get a state folder below it.
  const std::filesystem::path& folder() const noexcept { return folder_; }
  // The same in every run, another one for each case.
  std::uint64_t seed() const noexcept { return seed_; }
  // Another one in every run, [a-z0-9]: for names in a backend that keeps what an earlier run left there.
  const std::string& run_word() const noexcept { return run_word_; }
  // So many rounds, fewer where the author of the plugin or a sanitizer asks for it; at least one.
  int rounds(int usual) const noexcept;

  // What a case repeats (Rounds) may take half of its time. Of `parts` one after another, this is number `part`, from
  // 0: what those before it have left over is its own.
  void give_time(std::size_t part, std::size_t parts) noexcept;
  bool is_past_its_share() const noexcept { return std::chrono::steady_clock::now() >= share_ends_.load(); }

  // The plugin, loaded by the host's own loader at the first call. One that does not load fails the case with the words
  // an operator would read.
  const gh_plugin& plugin();
  // The table of an interface it offers, checked as the host checks it; fails the case without one.
  const void* table(std::string_view interface_id);
  template <class Table>
  const Table& table_of(std::string_view interface_id) {
    return *static_cast<const Table*>(table(interface_id));
  }

  // Ends the process of the case at once, from whatever thread and depth: nothing of the plugin runs any more. The
  // sentence says what the plugin did and what it should have done.
  [[noreturn]] void fail(std::string_view sentence);
  // Ends it as well: the case does not apply, because ...
  [[noreturn]] void skip(std::string_view sentence);
  // The case goes on and does not pass cleanly.
  void warn(std::string_view sentence);
  // A line below the verdict: a seed, a history, a measured figure.
  void detail(std::string_view line);
  // Fails unless `holds`.
  void expect(bool holds, std::string_view sentence) {
    if (!holds) fail(sentence);
  }

  CallRing& calls() noexcept { return *calls_; }  // for Calling

  // A fact about the plugin, for the head of the report.
  void fact(std::string_view name, std::string_view value);

  // What is about to be called, a literal: named when the process dies or hangs.
  void entering(const char* operation) noexcept { progress_.operation.store(operation, std::memory_order_relaxed); }
  Progress& progress() noexcept { return progress_; }

 private:
  friend void run_in_this_process(void (*run)(Context&), Context& context);
  [[noreturn]] void end(char kind, std::string_view sentence, int code);
  void send(char kind, std::string_view text);

  const Subject& subject_;
  const std::filesystem::path folder_;
  const int report_;
  const std::uint64_t seed_;
  const std::string run_word_;
  Progress& progress_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  const std::chrono::milliseconds limit_;
  std::atomic<std::chrono::steady_clock::time_point> share_ends_;
  const std::unique_ptr<CallRing> calls_;
  std::mutex sending_;
  std::atomic<bool> ended_{false};
  const gh_plugin* plugin_ = nullptr;
};

// Runs a case to its end. Comes back when it has passed.
void run_in_this_process(void (*run)(Context&), Context& context);

}  // namespace gatehouse::check
