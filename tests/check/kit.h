// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/json.h"
#include "support/program.h"

#include <string>
#include <vector>

namespace gatehouse::test {

// The plugin of the build, or of this folder's.
std::string shipped(const std::string& id);
std::string faulty(const std::string& id);

ProgramResult run_kit(std::vector<std::string> arguments);

// The report of a run on one plugin with a check file.
struct KitReport {
  int code = -1;
  Json json;
  // The case of this name; Missing when it was not run.
  const Json& of(const std::string& name) const;
};
KitReport check(const std::string& library, const std::string& check_file, std::vector<std::string> more = {});

}  // namespace gatehouse::test
