// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config_problem.h"

#include <gatehouse/sdk/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::app {

// A file as it was written: every key and value with its place. Plain data, without the parser's types.
struct Node {
  enum class Type : std::uint8_t { Table, Array, Text, Integer, Float, Boolean, Date };
  Type type = Type::Table;
  std::string name;  // of a table's member
  Position key;      // of the name; of a header's last part for [tables]
  Position value;
  std::string text;            // Text
  std::int64_t integer = 0;    // Integer
  bool boolean = false;        // Boolean
  std::vector<Node> children;  // Table: members in the order of the file; Array: elements

  const Node* member(std::string_view wanted) const noexcept;
};

// "text", "a whole number", "a list", ...: for messages.
std::string_view type_name(Node::Type type) noexcept;

struct SyntaxError {
  Position at;
  std::string message;
  std::string hint;
  bool hidden = false;  // the line may hold a plugin's secret
};

inline constexpr std::size_t longest_config = 256 * 1024;

// Reads TOML 1.0. A duplicate key is a syntax error, as TOML demands; so is a file that is too long or nested deeper
// than any setting.
sdk::Expected<Node, SyntaxError> parse_document(std::string_view text);

}  // namespace gatehouse::app
