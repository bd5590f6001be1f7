// SPDX-License-Identifier: Apache-2.0
#include "context.h"

#include "call_ring.h"
#include "frames.h"
#include "plugins/interfaces.h"
#include "plugins/plugin_file.h"

#include <gatehouse/plugin.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>

#include <unistd.h>

namespace gatehouse::check {
namespace {

constexpr double sanitized_share =
#ifdef GATEHOUSE_SANITIZED
    0.1;
#else
    1.0;
#endif

// FNV-1a: the same in every build, which std::hash does not promise.
std::uint64_t seed_of(std::uint64_t seed, std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325 ^ seed;
  for (const char letter : name) hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3;
  return hash;
}

std::string word_of_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "r%llx", static_cast<unsigned long long>(now));
  return text.data();
}

}  // namespace

Context::Context(const Subject& subject, std::string_view case_name, std::filesystem::path folder, int report,
                 Progress& progress, std::chrono::milliseconds limit)
    : subject_(subject),
      folder_(std::move(folder)),
      report_(report),
      seed_(seed_of(subject.seed, case_name)),
      run_word_(word_of_now()),
      progress_(progress),
      limit_(limit),
      calls_(std::make_unique<CallRing>()) {
  give_time(0, 1);
}

Context::~Context() = default;

int Context::rounds(int usual) const noexcept {
  return std::max(1, static_cast<int>(usual * subject_.effort * sanitized_share));
}

void Context::give_time(std::size_t part, std::size_t parts) noexcept {
  share_ends_ = began_ + limit_ / 2 * static_cast<std::int64_t>(part + 1) / static_cast<std::int64_t>(parts);
}

const gh_plugin& Context::plugin() {
  if (plugin_ != nullptr) return *plugin_;
  entering("the plugin's constructors");
  try {
    plugin_ = &plugins::PluginFile::load(subject_.file.string(), {}, {})->entry();
  } catch (const plugins::LoadError& error) {
    fail(error.what());
  }
  return *plugin_;
}

const void* Context::table(std::string_view interface_id) {
  try {
    return plugins::require_interface(plugin(), interface_id);
  } catch (const plugins::LoadError& error) {
    fail(error.what());
  }
}

void Context::fail(std::string_view sentence) { end(frame::failed, sentence, 1); }

void Context::skip(std::string_view sentence) { end(frame::skipped, sentence, 0); }

void Context::warn(std::string_view sentence) { send(frame::warned, sentence); }

void Context::detail(std::string_view line) { send(frame::detail, line); }

void Context::fact(std::string_view name, std::string_view value) {
  send(frame::fact, std::string(name).append("=").append(value));
}

void Context::send(char kind, std::string_view text) {
  const std::lock_guard lock(sending_);
  if (!ended_.load(std::memory_order_relaxed)) send_frame(report_, kind, text);
}

void Context::end(char kind, std::string_view sentence, int code) {
  {
    // Kept until the process is gone: of several threads that fail at once the first one is heard.
    sending_.lock();
    if (!ended_.exchange(true)) send_frame(report_, kind, sentence);
  }
  ::_exit(code);
}

void run_in_this_process(void (*run)(Context&), Context& context) {
  try {
    run(context);
  } catch (const std::exception& error) {
    context.fail(std::string("an exception came out of the plugin: ") + error.what());
  } catch (...) {
    context.fail("an exception came out of the plugin");
  }
  context.send(frame::passed, {});
}

}  // namespace gatehouse::check
