// SPDX-License-Identifier: Apache-2.0
#include "providers/store_copy.h"
#include "app/commands/commands.h"
#include "app/commands/copy_screen.h"
#include "app/config_values.h"
#include "app/copy_plan.h"
#include "app/log_setup.h"
#include "app/plugin_set.h"
#include "app/process_inputs.h"
#include "app/stop_signals.h"
#include "base/log_json.h"
#include "base/metrics.h"
#include "base/random.h"
#include "providers/copy_follower.h"

#include <unistd.h>

#include <iostream>
#include <utility>

namespace gatehouse::app {
namespace {

using providers::CopyMode;
using providers::CopyReport;
using providers::PatientCalls;
using providers::Storage;
using providers::StoreCopy;

// The two stores and nothing else of the server.
class CopyStores {
 public:
  CopyStores(const Config& config, const CopyPlan& plan)
      : log_({.level = LogLevel::Warn, .style = log_options(config.log).style}, clock_),
        plugins_(config, roles_of(plan), {clock_, random_, log_, metrics_}),
        from_(plan.kinds, of_all(plan, plan.from)),
        to_(plan.kinds, of_all(plan, plan.to)) {
    plugins_.start();
    for (auto* storage : {&from_, &to_}) storage->open(PatientCalls(clock_, {}).call({}));
  }

  Storage& from() noexcept { return from_; }
  Storage& to() noexcept { return to_; }
  const Clock& clock() const noexcept { return clock_; }

 private:
  static PluginRoles roles_of(const CopyPlan& plan) {
    PluginRoles roles;
    roles.store_by_kind = {plan.from, plan.to};
    return roles;
  }
  std::vector<plugins::Instance*> of_all(const CopyPlan& plan, const std::string& name) const {
    return {plan.kinds.size(), &plugins_.get(name)};
  }

  SystemClock clock_;
  SystemRandom random_;
  MetricRegistry metrics_;
  JsonLog log_;
  PluginSet plugins_;
  Storage from_;
  Storage to_;
};

std::string seconds_text(std::chrono::microseconds time) {
  const auto tenths = std::chrono::duration_cast<std::chrono::milliseconds>(time).count() / 100;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

class CopyRun {
 public:
  CopyRun(const CopyPlan& plan, const CommandLine& line, CopyStores& stores, CopyScreen& screen)
      : plan_(plan), line_(line), stores_(stores), screen_(screen) {}

  Result<CopyReport> run() {
    PatientCalls calls(stores_.clock(), until_signal(1));
    auto copy = copy_with(calls);
    expect(copy);
    if (line_.follow) return follow();
    copy.on_progress([this](const providers::CopyProgress& now) { screen_.progress(now); });
    if (line_.dry_run) return copy.complete(CopyMode::Look);
    return copy.complete(line_.mirror ? CopyMode::Mirror : CopyMode::Add);
  }

  Result<std::vector<StoreCopy::Difference>> verify() {
    PatientCalls calls(stores_.clock(), until_signal(line_.follow ? 2 : 1));
    return copy_with(calls).verify();
  }

 private:
  PatientCalls::Wait until_signal(int count) {
    return [this, count](std::chrono::milliseconds time) {
      if (signals_.received() < count && time.count() > 0) signals_.wait(time);
      return signals_.received() < count;
    };
  }

  StoreCopy copy_with(PatientCalls& calls) const { return {stores_.from(), stores_.to(), plan_.tenants, calls}; }

  // Only for the bar: a store that cannot count them in time is copied all the same.
  void expect(StoreCopy& copy) {
    std::vector<std::uint64_t> totals;
    for (providers::KindId kind = 0; kind < plan_.kinds.size(); ++kind) {
      const auto total = copy.count(stores_.from(), kind, stores_.clock().now());
      totals.push_back(total ? *total : 0);
    }
    screen_.expect(plan_.kinds, std::move(totals));
  }

  Result<CopyReport> follow() {
    providers::CopyFollower::Control control;
    control.told = [this] { return signals_.received(); };
    control.wait = [this](std::chrono::milliseconds time) { signals_.wait(time); };
    control.progress = [this](const providers::CopyProgress& now) { screen_.progress(now); };
    control.passed = [this](const CopyReport& all) { tell(all); };
    control.away = [this](const Error& error) { screen_.say("a store is away; trying again: " + error.detail); };
    control.finishing = [this] { screen_.say("the last pass; another signal ends it unfinished"); };
    return providers::CopyFollower(stores_.from(), stores_.to(), plan_.tenants, stores_.clock(), std::move(control))
        .run();
  }

  void tell(const CopyReport& all) {
    const auto text = "following: as of " + to_rfc3339(all.began) + " all is in " + plan_.to + ", " +
                      std::to_string(all.changes()) + " changes so far; a pass takes " + seconds_text(all.took);
    if (std::exchange(followed_, true)) return screen_.say_in_passing(text);
    screen_.say(text);
    screen_.say("to switch: stop every server that uses " + plan_.from +
                ", then end this with SIGTERM or Ctrl-C; it makes a last pass");
  }

  const CopyPlan& plan_;
  const CommandLine& line_;
  CopyStores& stores_;
  CopyScreen& screen_;
  StopSignals signals_;
  bool followed_ = false;  // a first pass is done
};

// That nothing uses the target yet is as it has to be.
void print_problems(const std::vector<Problem>& problems, const CommandLine& line, std::ostream& err) {
  std::vector<Problem> shown;
  for (const auto& problem : problems) {
    const bool expected =
        problem.kind == &problem::unused_plugin && (problem.message.find(in_quotes(line.to)) != std::string::npos ||
                                                    problem.message.find(in_quotes(line.from)) != std::string::npos);
    if (!expected) shown.push_back(problem);
  }
  err << problems_as_text(shown);
}

int failed(const std::string& words, const Streams& streams, int code = exit_failure) {
  streams.err << "gatehouse: " << words << "\n";
  return code;
}

// Says what is missing and how to get it.
void explain(const CopyResult& result, const Streams& streams) {
  for (const auto& counts : result.report.kinds) {
    for (const auto& example : counts.examples) streams.err << "  " << example << "\n";
  }
  if (result.looked_only) return;
  if (const auto left = result.report.left(); left > 0) {
    failed(std::to_string(left) + " records of " + result.from + " are not in " + result.to + " as they should be",
           streams);
  }
  if (const auto extra = result.report.extra(result.kinds); extra > 0) {
    failed(std::to_string(extra) + " records are in " + result.to + " only. If they were deleted in " + result.from +
               ", they would be there again; --mirror deletes them",
           streams);
  }
}

// With the tenants, as no others are looked at.
std::string headline(const CopyPlan& plan) {
  std::string kinds;
  for (const auto& kind : plan.kinds) kinds += (kinds.empty() ? "" : ", ") + kind.name;
  std::string tenants;
  for (const auto& tenant : plan.tenants) tenants += (tenants.empty() ? "" : ", ") + tenant;
  return plan.from + " -> " + plan.to + ": " + kinds + "; tenants: " + tenants;
}

bool verified(CopyRun& run, const CopyPlan& plan, const Streams& streams) {
  const auto differences = run.verify();
  if (!differences) {
    failed("the verification could not be done: " + differences.error().detail, streams);
    return false;
  }
  for (const auto& difference : *differences) streams.err << difference_text(difference, plan.from, plan.to);
  if (!differences->empty()) failed(plan.from + " and " + plan.to + " differ; does a server still write?", streams);
  return differences->empty();
}

}  // namespace

int store_copy_command(const CommandLine& line, const Product& product, const Streams& streams) {
  const StopSignalsWait signals_wait;
  const auto outcome = load_from(line, product.kinds);
  print_problems(outcome.problems, line, streams.err);
  if (!outcome.ok()) return exit_usage;
  const auto& config = outcome.resolved.config;
  const auto plan = plan_copy(config, line, product);
  if (!plan) return failed(plan.error().words, streams, plan.error().code);
  CopyStores stores(config, *plan);
  if (const auto why = why_not_between(*plan, line, stores.from(), stores.to()); !why.empty()) {
    return failed(why, streams);
  }

  const bool terminal = streams.err.rdbuf() == std::cerr.rdbuf() && ::isatty(STDERR_FILENO) == 1;
  CopyScreen screen(streams.err, terminal, stores.clock());
  screen.say(headline(*plan));
  CopyRun run(*plan, line, stores, screen);
  auto report = run.run();
  if (!report) return failed(report.error().detail + "; run it again, it goes on where it ended", streams);
  if (report->stopped) return failed("stopped before it was done; run it again, it goes on where it ended", streams);

  CopyResult result{plan->from, plan->to, plan->tenants, plan->kinds, std::move(*report), line.dry_run, false, {}};
  if (line.dry_run && !line.mirror) result.report.keep_extra();
  const bool mirrored = line.mirror || line.follow;
  result.whole = result.report.left() == 0 && (mirrored || result.report.extra(result.kinds) == 0) &&
                 (!line.dry_run || result.report.changes() == 0);
  screen.end();
  explain(result, streams);
  if (line.verify) result.verified = verified(run, *plan, streams);
  streams.out << (line.format == OutputFormat::Json ? copy_json(result) : copy_text(result));
  return (line.dry_run || result.whole) && result.verified.value_or(true) ? exit_ok : exit_failure;
}

}  // namespace gatehouse::app
