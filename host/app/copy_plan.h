// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli.h"
#include "app/config.h"

#include <gatehouse/sdk/result.hpp>

#include <string>
#include <vector>

namespace gatehouse::providers {
class Storage;
}

namespace gatehouse::app {

// What `store copy` is to do, checked against the configuration.
struct CopyPlan {
  std::string from;  // names of [[plugin]] blocks
  std::string to;
  std::vector<providers::KindDef> kinds;  // in the schema's order
  std::vector<std::string> tenants;
};

// Why there is none, in words for the operator.
struct CopyRefusal {
  int code = exit_usage;
  std::string words;
};

// Refuses, beside what cannot be, a copy into a store of the chain that the configuration keeps a kind in: what was
// revoked there since would be alive again.
sdk::Expected<CopyPlan, CopyRefusal> plan_copy(const Config& config, const CommandLine& line, const Product& product);

// Why the opened stores cannot be copied between; empty: they can. What is only in a server's memory is not here.
std::string why_not_between(const CopyPlan& plan, const CommandLine& line, const providers::Storage& from,
                            const providers::Storage& to);

}  // namespace gatehouse::app
