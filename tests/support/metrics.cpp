// SPDX-License-Identifier: Apache-2.0
#include "support/metrics.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>

namespace gatehouse::test {

double metric(std::string_view exposition, std::string_view name, const std::vector<std::string>& labels) {
  double sum = 0;
  bool found = false;
  std::istringstream lines{std::string(exposition)};
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(name) || line.size() <= name.size()) continue;
    if (line[name.size()] != '{' && line[name.size()] != ' ') continue;
    const bool matches = std::all_of(labels.begin(), labels.end(),
                                     [&](const std::string& label) { return line.find(label) != std::string::npos; });
    if (!matches) continue;
    found = true;
    sum += std::strtod(line.c_str() + line.rfind(' '), nullptr);
  }
  return found ? sum : -1;
}

}  // namespace gatehouse::test
