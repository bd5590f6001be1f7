// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace gatehouse::app {

// Rows as text in columns, two blanks apart; the first row is the heading. Empty cells are shown as "-".
std::string text_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace gatehouse::app
