// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config.h"
#include "providers/storage.h"
#include "providers/trial.h"

#include <functional>
#include <string>
#include <vector>

namespace gatehouse::app {

// One list of plugins of which one gets the work: a chain of [storage], or rate_limit.limiter.
struct Chain {
  std::string setting;                   // "storage.sessions"
  std::vector<std::string> members;      // plugin names; never empty
  std::vector<providers::KindId> kinds;  // that its store holds; empty: it counts for rate limits
};

// The chains that have work, each kind in one of them. `kinds` are the names of the schema's, in order.
std::vector<Chain> chains_of(const Config& config, const std::vector<std::string>& kinds);

struct SkippedMember {
  std::string plugin;
  providers::Trial trial;
};

struct ChainChoice {
  Chain chain;
  std::string chosen;
  std::vector<SkippedMember> skipped;  // those before it
  bool memory_only = false;            // a store that forgets everything when the server ends
};

// Tries one member for the work of a chain.
using TryMember = std::function<providers::Trial(const std::string& plugin, const Chain& chain)>;

// Who gets the work of each chain, from the start of the server to its end: the first member that is fit. Members that
// cannot be reached, or are not made for the chain's kinds, are skipped; a member with a fault ends the start, because
// records that quietly go elsewhere are found missing later. A chain of one is not tried: it starts or the server does
// not. Throws std::runtime_error with the reason of every member when none is fit.
std::vector<ChainChoice> choose(const Config& config, std::vector<Chain> chains, const TryMember& try_member);

}  // namespace gatehouse::app
