// SPDX-License-Identifier: Apache-2.0
#include "app/commands/text_table.h"

#include "base/encoding.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace gatehouse::app {
namespace {

std::string_view shown(const std::string& cell) { return cell.empty() ? std::string_view("-") : cell; }

}  // namespace

std::string text_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], count_code_points(shown(row[i])));
  }
  std::string out;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const auto cell = shown(row[i]);
      out += cell;
      if (i + 1 < row.size()) out.append(widths[i] - count_code_points(cell) + 2, ' ');
    }
    out += "\n";
  }
  return out;
}

}  // namespace gatehouse::app
