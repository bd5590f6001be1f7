// SPDX-License-Identifier: Apache-2.0
#include "app/chain_report.h"

#include "base/json_text.h"
#include "base/log.h"
#include "base/metrics.h"

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <system_error>

namespace gatehouse::app {
namespace {

constexpr std::string_view memory_note = "memory only: data is gone at exit";

std::string file_in(const std::string& state_dir) { return state_dir + "/chains"; }

bool is_choice(const ChainChoice& choice) { return choice.chain.members.size() > 1; }

const std::string* former_of(const ChainChoice& choice, const FormerChoices& former) {
  const auto found = former.find(choice.chain.setting);
  return !is_choice(choice) || found == former.end() ? nullptr : &found->second;
}

void report_one(const ChainChoice& choice, const FormerChoices& former, Log& log) {
  const std::string_view chain = choice.chain.setting;
  const std::string_view chosen = choice.chosen;
  for (const auto& skipped : choice.skipped) {
    log.warn("a member of a chain is skipped until the next start",
             {{"chain", chain},
              {"plugin", std::string_view(skipped.plugin)},
              {"why", name_of(skipped.trial.result)},
              {"reason", std::string_view(skipped.trial.words)}});
  }
  if (is_choice(choice))
    log.info("a chain has its plugin until the next start", {{"chain", chain}, {"plugin", chosen}});
  if (const auto* before = former_of(choice, former); before != nullptr && *before != choice.chosen) {
    log.warn("a chain chose another plugin than at the last start: what the former one holds is not seen now",
             {{"chain", chain}, {"plugin", chosen}, {"former", std::string_view(*before)}});
  }
  if (choice.memory_only) log.warn(memory_note, {{"chain", chain}, {"plugin", chosen}});
}

}  // namespace

FormerChoices read_former_choices(const std::string& state_dir) {
  FormerChoices former;
  std::ifstream file(file_in(state_dir));
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string chain;
    std::string plugin;
    if (words >> chain >> plugin) former.insert_or_assign(chain, plugin);
  }
  return former;
}

std::string write_choices(const std::string& state_dir, const std::vector<ChainChoice>& choices) {
  const auto path = file_in(state_dir);
  std::string text;
  for (const auto& choice : choices) {
    if (is_choice(choice)) text += choice.chain.setting + " " + choice.chosen + "\n";
  }
  if (text.empty()) {
    std::remove(path.c_str());
    return {};
  }
  const auto temporary = path + ".new";
  std::ofstream file(temporary, std::ios::trunc);
  file << text;
  file.close();
  if (file && std::rename(temporary.c_str(), path.c_str()) == 0) return {};
  return path + " cannot be written: " + std::generic_category().message(errno);
}

std::vector<ChainSwitch> switches_of(const std::vector<ChainChoice>& choices, const FormerChoices& former) {
  std::vector<ChainSwitch> switches;
  for (const auto& choice : choices) {
    const auto* before = former_of(choice, former);
    if (!choice.skipped.empty()) {
      const auto& first = choice.skipped.front();
      switches.push_back({choice.chain.setting, first.plugin, choice.chosen, name_of(first.trial.result)});
    } else if (before != nullptr && *before != choice.chosen) {
      switches.push_back({choice.chain.setting, *before, choice.chosen, "former_choice"});
    }
  }
  return switches;
}

events::Event event_of(const ChainSwitch& change) {
  events::Event event;
  event.type = events::Type::StorageSwitched;
  event.payload = R"({"chain":)";
  append_json_text(event.payload, change.chain);
  event.payload += R"(,"from":)";
  append_json_text(event.payload, change.from);
  event.payload += R"(,"to":)";
  append_json_text(event.payload, change.to);
  event.payload += R"(,"reason":)";
  append_json_text(event.payload, change.reason);
  event.payload += "}";
  return event;
}

void report(const std::vector<ChainChoice>& choices, const FormerChoices& former, Log& log, MetricRegistry& metrics) {
  for (const auto& choice : choices) {
    report_one(choice, former, log);
    metrics
        .gauge("gatehouse_chain_position", "Which member of its chain does the work: 0 is the first.",
               {{"chain", choice.chain.setting}, {"plugin", choice.chosen}})
        .set(static_cast<std::int64_t>(choice.skipped.size()));
  }
  for (const auto& change : switches_of(choices, former)) {
    metrics
        .counter("gatehouse_chain_switches_total", "Chains that began with another member than their first or former.",
                 {{"chain", change.chain}, {"from", change.from}, {"to", change.to}})
        .add();
  }
}

std::vector<ops::ChainState> chain_states(const std::vector<ChainChoice>& choices) {
  std::vector<ops::ChainState> states;
  for (const auto& choice : choices) {
    auto& state = states.emplace_back();
    state.name = choice.chain.setting;
    state.chosen = choice.chosen;
    if (choice.memory_only) state.note = memory_note;
    for (const auto& skipped : choice.skipped) {
      state.skipped.push_back({skipped.plugin, std::string(name_of(skipped.trial.result))});
    }
  }
  return states;
}

}  // namespace gatehouse::app
