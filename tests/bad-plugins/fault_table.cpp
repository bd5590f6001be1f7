// SPDX-License-Identifier: Apache-2.0
#include "fault_table.h"

#include "support/temp_folder.h"

#include <sstream>
#include <stdexcept>

namespace gatehouse::test {
namespace {

// What stands between backticks.
std::vector<std::string> code_spans(std::string_view cell) {
  std::vector<std::string> spans;
  for (auto begin = cell.find('`'); begin != std::string_view::npos; begin = cell.find('`')) {
    const auto end = cell.find('`', begin + 1);
    if (end == std::string_view::npos) break;
    spans.emplace_back(cell.substr(begin + 1, end - begin - 1));
    cell.remove_prefix(end + 1);
  }
  return spans;
}

std::vector<std::string> cells(const std::string& line) {
  std::vector<std::string> found;
  std::istringstream parts(line);
  for (std::string cell; std::getline(parts, cell, '|');) found.push_back(cell);
  return found;
}

// The pieces of a sentence between its <..>.
std::vector<std::string> pieces(std::string_view sentence) {
  std::vector<std::string> found;
  for (;;) {
    const auto begin = sentence.find('<');
    found.emplace_back(sentence.substr(0, begin));
    if (begin == std::string_view::npos) return found;
    sentence.remove_prefix(sentence.find('>', begin) + 1);
  }
}

bool on_line(std::string_view line, const std::vector<std::string>& pieces) {
  for (const auto& piece : pieces) {
    const auto at = line.find(piece);
    if (at == std::string_view::npos) return false;
    line.remove_prefix(at + piece.size());
  }
  return true;
}

bool on_some_line(std::string_view output, std::string_view sentence) {
  const auto wanted = pieces(sentence);
  while (!output.empty()) {
    const auto end = output.find('\n');
    if (on_line(output.substr(0, end), wanted)) return true;
    if (end == std::string_view::npos) break;
    output.remove_prefix(end + 1);
  }
  return false;
}

}  // namespace

std::vector<FaultRow> fault_table() {
  std::istringstream lines(read_file(GATEHOUSE_FAULT_TABLE));
  std::vector<FaultRow> rows;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("| `")) continue;
    const auto columns = cells(line);
    if (columns.size() < 5) throw std::runtime_error("a row of plugin-faults.md has too few columns: " + line);
    const auto does = code_spans(columns[4]);
    if (does.size() != 1) throw std::runtime_error("what the host does is not one `..`: " + line);
    rows.push_back({code_spans(columns[1]).at(0), code_spans(columns[3]), does[0]});
  }
  return rows;
}

FaultRow fault_row(std::string_view key) {
  for (auto& row : fault_table()) {
    if (row.key == key) return row;
  }
  throw std::runtime_error("docs/plugin-faults.md has no row " + std::string(key));
}

::testing::AssertionResult operator_reads(std::string_view output, std::string_view key) {
  for (const auto& sentence : fault_row(key).reads) {
    if (!on_some_line(output, sentence)) {
      return ::testing::AssertionFailure() << key << ": nowhere does it say\n  " << sentence << "\nin\n" << output;
    }
  }
  return ::testing::AssertionSuccess();
}

std::filesystem::path bad_plugin(std::string_view name) {
  return std::filesystem::path(GATEHOUSE_BAD_PLUGINS) / (std::string(name) + ".so");
}

}  // namespace gatehouse::test
