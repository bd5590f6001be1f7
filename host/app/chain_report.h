// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/chain_choice.h"
#include "events/event.h"
#include "ops/health.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {
class Log;
class MetricRegistry;
}  // namespace gatehouse

namespace gatehouse::app {

// Who had the work of a chain when this server last ran, by the chain's setting. A chain of one is not in it.
using FormerChoices = std::map<std::string, std::string>;

// What the file in state_dir says; empty when there is none or it cannot be read, since then nobody knows.
FormerChoices read_former_choices(const std::string& state_dir);
// Replaces the file, whole or not at all. Gives what went wrong, or nothing.
std::string write_choices(const std::string& state_dir, const std::vector<ChainChoice>& choices);

// A chain whose work is not where its first member, or the former choice, would have it.
struct ChainSwitch {
  std::string chain;
  std::string from;
  std::string to;
  std::string_view reason;  // why the first was skipped, or "former_choice"
};
std::vector<ChainSwitch> switches_of(const std::vector<ChainChoice>& choices, const FormerChoices& former);
events::Event event_of(const ChainSwitch& change);

// Tells log and metrics who was chosen, who was skipped and why, and what is in memory only.
void report(const std::vector<ChainChoice>& choices, const FormerChoices& former, Log& log, MetricRegistry& metrics);

// As readyz shows them.
std::vector<ops::ChainState> chain_states(const std::vector<ChainChoice>& choices);

}  // namespace gatehouse::app
