// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

// The table of docs/plugin-faults.md, which the tests of this folder hold the server to: what they expect stands there
// and nowhere else.
namespace gatehouse::test {

struct FaultRow {
  std::string key;                 // `future-abi`
  std::vector<std::string> reads;  // sentences; <..> in them stands for anything on the line
  std::string does;                // "does not start: 2"
};

std::vector<FaultRow> fault_table();
// Throws std::runtime_error when the document has no such row.
FaultRow fault_row(std::string_view key);

// Whether each sentence of the row is on a line of the output.
::testing::AssertionResult operator_reads(std::string_view output, std::string_view key);

// A library of this folder: "bad-major" -> .../bad-plugins/bad-major.so.
std::filesystem::path bad_plugin(std::string_view name);

}  // namespace gatehouse::test
