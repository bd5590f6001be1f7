// SPDX-License-Identifier: Apache-2.0
#include "app/config_document.h"

#include "app/config_secrets.h"
#include "base/encoding.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <tuple>
#include <utility>

#include <toml++/toml.h>

namespace gatehouse::app {
namespace {

constexpr int deepest = 8;
constexpr std::size_t longest_line = 16 * 1024;

struct TooDeep {
  Position at;
};

Position position(const toml::source_region& region) {
  Position at{region.begin.line, region.begin.column, 1};
  if (region.end.line == region.begin.line && region.end.column > region.begin.column) {
    at.length = region.end.column - region.begin.column;
  }
  return at;
}

Node convert(const toml::node& from, int depth);

Node convert_table(const toml::table& table, int depth) {
  Node node;
  for (const auto& [key, value] : table) {
    auto child = convert(value, depth + 1);
    child.name = std::string(key.str());
    child.key = position(key.source());
    node.children.push_back(std::move(child));
  }
  // The parser keeps tables sorted by name; people read files by line.
  const auto place = [](const Node& n) { return std::tie(n.key.line, n.key.column); };
  std::stable_sort(node.children.begin(), node.children.end(),
                   [&](const Node& a, const Node& b) { return place(a) < place(b); });
  return node;
}

Node convert_array(const toml::array& array, int depth) {
  Node node;
  node.type = Node::Type::Array;
  for (const auto& element : array) node.children.push_back(convert(element, depth + 1));
  return node;
}

Node convert_scalar(const toml::node& from) {
  Node node;
  if (const auto* text = from.as_string()) {
    node.type = Node::Type::Text;
    node.text = text->get();
  } else if (const auto* integer = from.as_integer()) {
    node.type = Node::Type::Integer;
    node.integer = integer->get();
  } else if (const auto* boolean = from.as_boolean()) {
    node.type = Node::Type::Boolean;
    node.boolean = boolean->get();
  } else {
    node.type = from.is_floating_point() ? Node::Type::Float : Node::Type::Date;
  }
  return node;
}

Node convert(const toml::node& from, int depth) {
  if (depth > deepest) throw TooDeep{position(from.source())};
  Node node;
  if (const auto* table = from.as_table()) {
    node = convert_table(*table, depth);
  } else if (const auto* array = from.as_array()) {
    node = convert_array(*array, depth);
  } else {
    node = convert_scalar(from);
  }
  node.value = position(from.source());
  return node;
}

struct BareWord {
  std::string_view text;
  std::uint32_t column = 0;
};

// The value on a line `key = value`, when it is one bare word: what people write who forgot the quotes.
BareWord bare_word(std::string_view line) {
  const auto equals = line.find('=');
  if (equals == std::string_view::npos) return {};
  const auto start = std::min(line.find_first_not_of(" \t", equals + 1), line.size());
  const auto is_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("_-./:@").find(c) != std::string_view::npos;
  };
  const auto value = line.substr(start);
  const auto end = static_cast<std::size_t>(std::find_if_not(value.begin(), value.end(), is_word) - value.begin());
  const auto after = value.find_first_not_of(" \t\r", end);
  if (end == 0 || (after != std::string_view::npos && value[after] != '#')) return {};
  return {value.substr(0, end), static_cast<std::uint32_t>(count_code_points(line.substr(0, start)) + 1)};
}

std::string hint_for(std::string_view word) {
  std::string lower(word);
  for (auto& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const std::string_view yes : {"true", "yes", "on"}) {
    if (lower == yes) return "did you mean true?";
  }
  for (const std::string_view no : {"false", "no", "off"}) {
    if (lower == no) return "did you mean false?";
  }
  return "did you mean \"" + lower.assign(word) + "\"?";
}

// A key or table set twice is shown at its name.
void explain_redefinition(SyntaxError& error, std::string_view line) {
  const auto open = error.message.find('\'');
  if (open == std::string::npos) return;
  const auto name = error.message.substr(open + 1, error.message.find('\'', open + 1) - open - 1);
  const auto at = name.empty() ? std::string_view::npos : line.find(name);
  if (at == std::string_view::npos) return;
  error.at.column = static_cast<std::uint32_t>(count_code_points(line.substr(0, at)) + 1);
  error.at.length = static_cast<std::uint32_t>(count_code_points(name));
  error.message = "\"" + name + "\" is set twice";
}

// The parser's words, without "Error while parsing key-value pair: ", and better ones for the usual slips.
SyntaxError explain(const toml::parse_error& error, std::string_view text) {
  SyntaxError result{position(error.source()), std::string(error.description()), {}, false};
  if (result.message.starts_with("Error while parsing ")) {
    if (const auto colon = result.message.find(": "); colon != std::string::npos) result.message.erase(0, colon + 2);
  }
  result.hidden = is_plugins_own_line(text, result.at.line);
  const auto line = line_of(text, result.at.line);
  if (result.message.starts_with("cannot redefine")) {
    explain_redefinition(result, line);
  } else if (const auto word = bare_word(line); !word.text.empty()) {
    result.at = {result.at.line, word.column, static_cast<std::uint32_t>(word.text.size())};
    result.message = "a text needs quotes";
    const bool secret = result.hidden || secret_in_line(line) != std::string_view::npos;
    result.hint = secret ? "write the value in quotes" : hint_for(word.text);
  }
  return result;
}

std::optional<SyntaxError> check_size(std::string_view text) {
  if (text.size() > longest_config) return SyntaxError{{}, "longer than 256 KiB", {}, false};
  std::uint32_t number = 1;
  for (std::size_t start = 0; start < text.size(); ++number) {
    const auto end = std::min(text.find('\n', start), text.size());
    // Keys cannot be broken over lines, so this also bounds how deep dotted keys can nest.
    if (end - start > longest_line)
      return SyntaxError{{number, 1, 1}, "line longer than 16 KiB", {}, is_plugins_own_line(text, number)};
    start = end + 1;
  }
  return std::nullopt;
}

}  // namespace

const Node* Node::member(std::string_view wanted) const noexcept {
  const auto found = std::find_if(children.begin(), children.end(), [&](const Node& n) { return n.name == wanted; });
  return found == children.end() ? nullptr : &*found;
}

std::string_view type_name(Node::Type type) noexcept {
  switch (type) {
    case Node::Type::Table: return "a table";
    case Node::Type::Array: return "a list";
    case Node::Type::Text: return "text";
    case Node::Type::Integer: return "a whole number";
    case Node::Type::Float: return "a number with a fraction";
    case Node::Type::Boolean: return "true or false";
    case Node::Type::Date: return "a date or time";
  }
  return "a value";
}

sdk::Expected<Node, SyntaxError> parse_document(std::string_view text) {
  if (auto error = check_size(text)) return *std::move(error);
  try {
    return convert(toml::parse(text), 0);
  } catch (const toml::parse_error& error) {
    return explain(error, text);
  } catch (const TooDeep& error) {
    return SyntaxError{error.at, "nested deeper than any setting", {}, is_plugins_own_line(text, error.at.line)};
  }
}

}  // namespace gatehouse::app
