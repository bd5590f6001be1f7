// SPDX-License-Identifier: Apache-2.0
#include "session.h"

#include "base/encoding.h"
#include "context.h"
#include "instance.h"
#include "plugins/create_args.h"
#include "plugins/description.h"
#include "plugins/load_error.h"
#include "plugins/plugin_file.h"

#include <gatehouse/plugin.h>
#include <gatehouse/store.h>

#include <algorithm>
#include <optional>

namespace gatehouse::check {
namespace {

using namespace std::chrono_literals;

bool named(const Case& each, std::string_view only) {
  return each.name == only ||
         (each.name.size() > only.size() && each.name.starts_with(only) && each.name[only.size()] == '.');
}

void declare_flags(Context& context) {
  const auto flags = context.table_of<gh_store_v1>(GH_STORE_V1).flags;
  if ((flags & GH_STORE_CROSS_PARTITION) != 0) context.fact("declares", "commits across partitions");
  if ((flags & GH_STORE_DURABLE) != 0) context.fact("declares", "commits survive kill -9");
  if ((flags & GH_STORE_SHARED) != 0) context.fact("declares", "several hosts may share the backend");
}

// What the head of the report says. In a process of its own, as everything that runs code of the plugin.
void describe(Context& context) {
  const auto& entry = context.plugin();
  const auto about = plugins::describe(entry);
  context.fact("plugin", about.id + " " + about.version + ", " + about.license);
  context.fact("summary", about.summary);
  context.fact("abi", std::to_string(about.abi_major) + "." + std::to_string(about.abi_minor) + ", needs " +
                          std::to_string(about.needs_host_minor) + " of the host");
  for (const auto& id : about.interfaces) {
    context.fact("interface", id);
    if (id == GH_STORE_V1) declare_flags(context);
  }
  try {
    const auto state_dir = context.folder().string();
    const plugins::CreateArgs args(entry, about.id, state_dir, settings_for(entry, context.subject(), {}));
  } catch (const plugins::LoadError& error) {
    context.fact("settings", error.what());
  }
}

constexpr Case describing{"describe", "The plugin says what it is.", "", 20s, describe};

std::optional<std::string> fact(const Outcome& outcome, std::string_view name) {
  for (const auto& [key, value] : outcome.facts) {
    if (key == name) return value;
  }
  return std::nullopt;
}

bool offers(const Outcome& outcome, std::string_view interface_id) {
  return std::find(outcome.facts.begin(), outcome.facts.end(),
                   std::pair(std::string("interface"), std::string(interface_id))) != outcome.facts.end();
}

std::optional<std::string> quirk_of(const Case& each, const Subject& subject) {
  for (const auto& quirk : subject.quirks) {
    if (quirk.case_name == each.name) return quirk.reason;
  }
  return std::nullopt;
}

void check_quirks(const Subject& subject) {
  const auto known = all_cases();
  for (const auto& quirk : subject.quirks) {
    const bool exists =
        std::any_of(known.begin(), known.end(), [&](const auto& c) { return c.name == quirk.case_name; });
    if (!exists) throw SubjectError("[[quirk]]: there is no case " + quirk.case_name + "; --list names them");
  }
}

// Where the caller writes settings.
std::string advice(const Subject& subject) {
  if (subject.from_server) {
    return "; give --config FILE, a server's configuration with a [[plugin]] block for it, and the block's name, or "
           "--check "
           "FILE, a check file with [config] (docs/plugin-check.md)";
  }
  return "; write it below [config] in a check file and give that with --config (docs/plugin-check.md)";
}

Outcome not_run(std::string sentence) {
  Outcome outcome;
  outcome.verdict = Verdict::Skipped;
  outcome.sentence = std::move(sentence);
  return outcome;
}

}  // namespace

std::vector<Case> selected(const std::vector<Case>& cases, const std::vector<std::string>& only) {
  if (only.empty()) return cases;
  for (const auto& word : only) {
    if (std::any_of(cases.begin(), cases.end(), [&](const auto& each) { return named(each, word); })) continue;
    std::vector<std::string_view> names;
    for (const auto& each : cases) names.push_back(each.name);
    const auto near = nearest_word(word, names.data(), names.size());
    throw SubjectError("there is no case " + word +
                       (near.empty() ? "; --list names them" : "; did you mean " + std::string(near) + "?"));
  }
  std::vector<Case> chosen;
  for (const auto& each : cases) {
    if (std::any_of(only.begin(), only.end(), [&](const auto& word) { return named(each, word); }))
      chosen.push_back(each);
  }
  return chosen;
}

Report run_cases(const std::vector<Case>& cases, const Subject& subject,
                 const std::function<void(const Report&)>& begun, const std::function<void(const Result&)>& ended) {
  check_quirks(subject);
  const auto about = run_case(describing, subject);
  const bool loads = about.verdict == Verdict::Passed;
  if (const auto problem = fact(about, "settings")) {
    throw SubjectError(*problem + advice(subject));
  }
  Report report{subject.file.string(), about.facts, {}};
  for (const auto& quirk : subject.quirks) report.facts.emplace_back("quirk", quirk.case_name + ": " + quirk.reason);
  begun(report);
  for (const auto& each : cases) {
    if (!each.interface_id.empty() && (!loads || !offers(about, each.interface_id))) continue;
    Result result{std::string(each.name),
                  std::string(each.interface_id),
                  std::string(each.sentence),
                  {},
                  quirk_of(each, subject)};
    const bool needs_it = !each.name.starts_with("loading.");
    result.outcome = loads || !needs_it ? run_case(each, subject) : not_run("the plugin does not load");
    apply_quirk(result);
    ended(result);
    report.results.push_back(std::move(result));
  }
  return report;
}

}  // namespace gatehouse::check
