// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/chain_choice.h"

#include <string>
#include <vector>

namespace gatehouse {
class Clock;
class Random;
}  // namespace gatehouse

namespace gatehouse::app {

// Tries a member with an instance of its own, which is gone again when the answer is there: the one that gets the work
// is made afterwards, together with all others. The control thread's. References outlive it.
class MemberTrial {
 public:
  MemberTrial(const Config& config, const std::vector<providers::KindDef>& schema, const Clock& clock, Random& random)
      : config_(config), schema_(schema), clock_(clock), random_(random) {}

  providers::Trial operator()(const std::string& plugin, const Chain& chain) const;

 private:
  const Config& config_;
  const std::vector<providers::KindDef>& schema_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace gatehouse::app
