// SPDX-License-Identifier: Apache-2.0
#include "app/copy_plan.h"

#include "app/config_draft.h"
#include "app/config_values.h"
#include "providers/storage.h"

#include <gatehouse/store.h>

#include <algorithm>
#include <string_view>

namespace gatehouse::app {
namespace {

std::string joined(const std::vector<std::string_view>& names) {
  std::string text;
  for (const auto& name : names) text.append(text.empty() ? "" : ", ").append(name);
  return text;
}

// Why there is no such store; empty: there is.
std::string why_no_store(const Config& config, std::string_view option, const std::string& name) {
  std::vector<std::string_view> stores;
  for (const auto& block : config.plugins) {
    if (contains(block.interfaces, GH_STORE_V1)) stores.push_back(block.name);
  }
  if (std::find(stores.begin(), stores.end(), name) != stores.end()) return {};
  const std::string asked = std::string(option) + " " + in_quotes(name) + ": ";
  if (config.plugin(name) != nullptr) return asked + "that plugin does not hold records; stores are " + joined(stores);
  const auto hint = did_you_mean(name, stores);
  return asked + "no [[plugin]] of the configuration has that name; " +
         (hint.empty() ? "stores are " + joined(stores) + ". Both stores need a block" : hint);
}

struct Kinds {
  std::vector<providers::KindDef> chosen;
  std::string refusal;
};

Kinds choose_kinds(const Config& config, const CommandLine& line, const Product& product) {
  std::vector<std::string_view> known;
  for (const auto& kind : product.schema) known.push_back(kind.name);
  for (const auto& name : line.kinds) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const auto hint = did_you_mean(name, known);
    return {{}, "no kind " + in_quotes(name) + "; " + (hint.empty() ? "there is " + joined(known) : hint)};
  }
  Kinds kinds;
  for (const auto& kind : product.schema) {
    const auto& chain = config.store_chain(kind.name);
    const bool wanted = line.kinds.empty()
                            ? !chain.empty() && chain.front() == line.from
                            : std::find(line.kinds.begin(), line.kinds.end(), kind.name) != line.kinds.end();
    if (wanted) kinds.chosen.push_back(kind);
  }
  if (kinds.chosen.empty()) {
    kinds.refusal =
        "the configuration keeps nothing in " + line.from + "; name what to copy with --kinds (" + joined(known) + ")";
  }
  return kinds;
}

// What a copy into a store that servers use would do; empty: none with this configuration does. Which member of a chain
// they have chosen at their start is not to be seen from here.
std::string what_it_would_undo(const std::vector<std::string>& chain, std::string_view kind, const CommandLine& line) {
  if (!contains(chain, line.to)) return {};
  return "servers with this configuration " + std::string(chain.front() == line.to ? "keep " : "may keep ") +
         std::string(kind) + " in " + line.to + ", and may have changed it there: a copy from " + line.from +
         " would undo that, and what was revoked would be alive again. Run the servers and the copy with " +
         chain_path(kind) + " = [\"" + line.from + "\"], and name " + line.to + " there after the copy";
}

}  // namespace

sdk::Expected<CopyPlan, CopyRefusal> plan_copy(const Config& config, const CommandLine& line, const Product& product) {
  if (line.from == line.to) return CopyRefusal{exit_usage, "--from and --to are the same store"};
  for (const auto& [option, name] : {std::pair("--from", line.from), std::pair("--to", line.to)}) {
    if (auto why = why_no_store(config, option, name); !why.empty()) return CopyRefusal{exit_usage, std::move(why)};
  }
  auto kinds = choose_kinds(config, line, product);
  if (!kinds.refusal.empty()) return CopyRefusal{exit_usage, std::move(kinds.refusal)};
  for (const auto& kind : kinds.chosen) {
    auto why = what_it_would_undo(config.store_chain(kind.name), kind.name, line);
    if (!line.dry_run && !why.empty()) return CopyRefusal{exit_failure, std::move(why)};
  }
  CopyPlan plan{line.from, line.to, std::move(kinds.chosen), product.tenants};
  for (const auto& tenant : line.tenants) {
    if (!contains(plan.tenants, tenant)) plan.tenants.push_back(tenant);
  }
  return plan;
}

std::string why_not_between(const CopyPlan& plan, const CommandLine& line, const providers::Storage& from,
                            const providers::Storage& to) {
  if (!from.shared(0) && !from.durable(0)) {
    return plan.from +
           " keeps its records in the memory of the server that runs with it. This command is another "
           "process and would find it empty; such records end with their server and cannot be copied";
  }
  if (!to.shared(0) && !to.durable(0)) {
    return plan.to + " keeps its records in the memory of its process: the copy would be gone when this command ends";
  }
  if (line.follow && !from.shared(0)) {
    return plan.from +
           " is for one process at a time and cannot be followed while a server runs with it; stop the "
           "server, then copy without --follow";
  }
  return {};
}

}  // namespace gatehouse::app
