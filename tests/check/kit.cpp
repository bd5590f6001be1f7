// SPDX-License-Identifier: Apache-2.0
#include "check/kit.h"

#include "support/temp_folder.h"

#include <stdexcept>

namespace gatehouse::test {

std::string shipped(const std::string& id) { return CHECK_SHIPPED "/" + id + ".so"; }
std::string faulty(const std::string& id) { return CHECK_FAULTY "/" + id + ".so"; }

ProgramResult run_kit(std::vector<std::string> arguments) {
  ProgramCall call;
  call.arguments = {CHECK_KIT};
  call.arguments.insert(call.arguments.end(), arguments.begin(), arguments.end());
  return run_program(std::move(call), std::chrono::seconds(300));
}

const Json& KitReport::of(const std::string& name) const {
  static const Json missing;
  for (const auto& each : json["cases"].items()) {
    if (each["name"].text() == name) return each;
  }
  return missing;
}

KitReport check(const std::string& library, const std::string& check_file, std::vector<std::string> more) {
  const TempFolder folder;
  std::vector<std::string> arguments{"--json", "--config", folder.write("check.toml", check_file).string()};
  arguments.insert(arguments.end(), more.begin(), more.end());
  arguments.push_back(library);
  const auto result = run_kit(arguments);
  if (result.out.empty()) throw std::runtime_error("exit code " + std::to_string(result.code) + ": " + result.err);
  return {result.code, Json::parse(result.out)};
}

}  // namespace gatehouse::test
