// SPDX-License-Identifier: Apache-2.0
#include "app/commands/commands.h"
#include "app/log_setup.h"
#include "app/process_inputs.h"
#include "app/start_watch.h"
#include "app/stop_signals.h"
#include "base/clock.h"
#include "base/log_json.h"

#include <ostream>
#include <string_view>

namespace gatehouse::app {
namespace {

void log_warnings(const std::vector<Problem>& warnings, Log& log) {
  for (const auto& warning : warnings) {
    log.warn("configuration", {{"id", warning.kind->id},
                               {"place", std::string_view(warning.place.source)},
                               {"line", std::int64_t{warning.place.at.line}},
                               {"problem", std::string_view(warning.message)},
                               {"hint", std::string_view(warning.hint)}});
  }
}

// Plugins are asked about their settings, and may hang.
ConfigOutcome load_watched(const CommandLine& line, const Product& product) {
  const StartWatch watch;
  return load_from(line, product.kinds);
}

}  // namespace

int serve_command(const CommandLine& line, const Product& product, const Streams& streams) {
  const StopSignalsWait signals_wait;
  const auto outcome = load_watched(line, product);
  if (!outcome.ok()) {
    streams.err << problems_as_text(outcome.problems);
    return exit_usage;
  }
  const SystemClock clock;
  JsonLog log(log_options(outcome.resolved.config.log), clock);
  log.start();
  log_warnings(outcome.problems, log);
  const int code = product.serve(outcome.resolved, ServeOptions{line.ready_file}, log);
  log.stop();
  return code;
}

}  // namespace gatehouse::app
