// SPDX-License-Identifier: Apache-2.0
#include "case.h"
#include "context.h"
#include "loading/symbol_cases.h"
#include "plugins/description.h"
#include "plugins/interfaces.h"
#include "plugins/load_error.h"
#include "process_state.h"
#include "worker.h"

#include <gatehouse/plugin.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include <dlfcn.h>

namespace gatehouse::check {
namespace {

using namespace std::chrono_literals;

void loads(Context& context) {
  context.plugin();
  context.expect(::dlsym(RTLD_DEFAULT, GH_ENTRY_SYMBOL) == nullptr,
                 "its symbols are visible to the whole process; something it does while it loads makes them global");
}

// "gatehouse.*" is ours to define, other words are the author's own.
void interfaces_are_known(Context& context) {
  const auto& entry = context.plugin();
  int served = 0;
  for (const auto& id : plugins::describe(entry).interfaces) {
    try {
      plugins::require_interface(entry, id);
      ++served;
    } catch (const plugins::LoadError& error) {
      if (id.starts_with("gatehouse.")) context.fail(error.what());
      context.warn("it offers " + id + ", which this version of Gatehouse does not use");
    }
  }
  for (const char* unknown : {"gatehouse.store/0", "gatehouse.store/2", "gatehouse.store", "gatehouse.nothing/1", ""}) {
    context.expect(plugins::find_interface(entry, unknown) == nullptr,
                   "it claims to offer \"" + std::string(unknown) + "\", which does not exist");
  }
  context.expect(served > 0, "it offers no interface that Gatehouse uses");
}

std::uint64_t load_time_us(Context& context) {
  Worker worker(context, [&](const Worker::Tell& tell) {
    const auto began = std::chrono::steady_clock::now();
    context.plugin();
    tell(static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began).count()));
  });
  const auto took = worker.next();
  worker.wait();
  return took.value_or(UINT64_MAX);
}

// The best of three: what else the machine does is not the plugin's.
void loads_fast(Context& context) {
#ifdef GATEHOUSE_SANITIZED
  constexpr double most_us = 1'000'000;
#else
  constexpr double most_us = 100'000;
#endif
  const auto best = std::min({load_time_us(context), load_time_us(context), load_time_us(context)});
  context.detail("loaded in " + std::to_string(best) + " us");
  context.expect(static_cast<double>(best) <= most_us * context.subject().time_factor,
                 "loading it took " + std::to_string(best / 1000) +
                     " ms each time; under 100 ms is expected, since the server starts with it: what takes long "
                     "belongs into start");
}

// The file descriptor the host itself keeps of a loaded library.
bool is_library(const std::string& file) { return file.find("/memfd:gatehouse:") != std::string::npos; }

void loading_starts_nothing(Context& context) {
  const auto state = ProcessState::now();
  const auto threads = threads_now();
  const auto files = files_now();
  context.plugin();
  const auto more = threads_since(threads);
  context.expect(more.empty(), std::to_string(more.size()) + " threads run after loading it; threads begin in start");
  auto open = files_since(files);
  std::erase_if(open, is_library);
  context.expect(open.empty(), "loading it opened " + some_of(open) + "; files are opened in start");
  const auto changes = state.changes(ProcessState::now());
  for (const auto& change : changes) context.detail(change);
  context.expect(changes.empty(),
                 "loading it changed the process it is a guest in: " + (changes.empty() ? "" : changes[0]));
}

}  // namespace

std::vector<Case> loading_cases() {
  return {
      {"loading.loads", "The host loads it: file, machine, symbols, versions and tables are as they must be.", "", 20s,
       loads},
      {"loading.exports_one_symbol", "It exports gatehouse_plugin_v1 and nothing else.", "", 20s,
       loading::exports_one_symbol},
      {"loading.no_unique_symbols", "None of its symbols is shared by the whole process (STB_GNU_UNIQUE).", "", 20s,
       loading::no_unique_symbols},
      {"loading.no_foreign_symbols", "It does not export a library it was linked with.", "", 20s,
       loading::no_foreign_symbols},
      {"loading.entry_is_constant", "Its versions can be read from the file before any of its code runs.", "", 20s,
       loading::entry_is_constant},
      {"loading.interfaces_are_known", "Every interface it offers exists and is whole; no other id is answered.", "",
       20s, interfaces_are_known},
      {"loading.loads_fast", "It is loaded within 100 ms.", "", 20s, loads_fast},
      {"loading.starts_nothing", "Loading starts no thread, opens no file and leaves the process as it was.", "", 20s,
       loading_starts_nothing},
  };
}

}  // namespace gatehouse::check
