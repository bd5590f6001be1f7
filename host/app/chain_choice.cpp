// SPDX-License-Identifier: Apache-2.0
#include "app/chain_choice.h"

#include "app/config_draft.h"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

namespace gatehouse::app {
namespace {

using providers::Trial;

constexpr std::string_view memory_store = "store-memory";

std::string setting_of(const Config& config, const std::string& kind) {
  return config.storage.by_kind.contains(kind) ? chain_path(kind) : "storage.default";
}

[[noreturn]] void refuse_fault(const Chain& chain, const std::string& plugin, const std::string& words) {
  throw std::runtime_error(chain.setting + ": " + words +
                           "; no other member is used in its place, since this does not pass: " + "mend it, or take " +
                           plugin + " out of " + chain.setting);
}

[[noreturn]] void refuse_all(const ChainChoice& choice) {
  auto text = choice.chain.setting + ": none of its plugins can be used now";
  for (const auto& skipped : choice.skipped) text += "; " + skipped.trial.words;
  throw std::runtime_error(text);
}

// What cannot be reached for one chain is not tried for the next.
class Tried {
 public:
  explicit Tried(const TryMember& try_member) : try_member_(try_member) {}

  Trial trial(const std::string& plugin, const Chain& chain) {
    if (const auto known = unreachable_.find(plugin); known != unreachable_.end()) return known->second;
    auto trial = try_member_(plugin, chain);
    if (trial.result == Trial::Result::Unreachable) unreachable_.emplace(plugin, trial);
    return trial;
  }

 private:
  const TryMember& try_member_;
  std::map<std::string, Trial> unreachable_;
};

ChainChoice choose_one(Chain chain, Tried& tried) {
  ChainChoice choice{std::move(chain), {}, {}, false};
  for (const auto& plugin : choice.chain.members) {
    auto trial = choice.chain.members.size() == 1 ? Trial{} : tried.trial(plugin, choice.chain);
    if (trial.result == Trial::Result::Faulty) refuse_fault(choice.chain, plugin, trial.words);
    if (trial.result == Trial::Result::Fit) {
      choice.chosen = plugin;
      return choice;
    }
    choice.skipped.push_back({plugin, std::move(trial)});
  }
  refuse_all(choice);
}

}  // namespace

std::vector<Chain> chains_of(const Config& config, const std::vector<std::string>& kinds) {
  std::vector<Chain> chains;
  for (providers::KindId kind = 0; kind < kinds.size(); ++kind) {
    const auto setting = setting_of(config, kinds[kind]);
    auto found = std::find_if(chains.begin(), chains.end(), [&](const Chain& c) { return c.setting == setting; });
    if (found == chains.end()) found = chains.insert(found, {setting, config.store_chain(kinds[kind]), {}});
    found->kinds.push_back(kind);
  }
  chains.push_back({"rate_limit.limiter", config.rate_limit.limiter, {}});
  return chains;
}

std::vector<ChainChoice> choose(const Config& config, std::vector<Chain> chains, const TryMember& try_member) {
  Tried tried(try_member);
  std::vector<ChainChoice> choices;
  for (auto& chain : chains) {
    auto& choice = choices.emplace_back(choose_one(std::move(chain), tried));
    const auto* block = config.plugin(choice.chosen);
    choice.memory_only = !choice.chain.kinds.empty() && block != nullptr && block->id == memory_store;
  }
  return choices;
}

}  // namespace gatehouse::app
