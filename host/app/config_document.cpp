// SPDX-License-Identifier: Apache-2.0
#include "app/config_document.h"

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

std::string_view line_at(std::string_view text, std::uint32_t line) {
  for (std::uint32_t i = 1; i < line; ++i) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

// The value on a line `key = value`, when it is one bare word: what people write who forgot the quotes.
std::string_view bare_word(std::string_view line) {
  const auto equals = line.find('=');
  if (equals == std::string_view::npos) return {};
  auto value = line.substr(equals + 1);
  value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
  const auto is_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("_-./:@").find(c) != std::string_view::npos;
  };
  const auto end = std::find_if_not(value.begin(), value.end(), is_word);
  const auto rest = std::string_view(end, value.end());
  const bool alone =
      rest.find_first_not_of(" \t\r") == std::string_view::npos || rest[rest.find_first_not_of(" \t\r")] == '#';
  return alone ? value.substr(0, static_cast<std::size_t>(end - value.begin())) : std::string_view{};
}

std::string hint_for(std::string_view line) {
  const auto word = bare_word(line);
  if (word.empty()) return {};
  std::string lower(word);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const std::string_view yes : {"true", "yes", "on"}) {
    if (lower == yes) return "did you mean true?";
  }
  for (const std::string_view no : {"false", "no", "off"}) {
    if (lower == no) return "did you mean false?";
  }
  const bool number = std::isdigit(static_cast<unsigned char>(word.front())) != 0;
  return std::string(number ? "durations, sizes and addresses are text" : "text needs quotes") + ": \"" +
         std::string(word) + "\"";
}

// The parser's words without "Error while parsing key-value pair: "; a key set twice is shown at the key.
SyntaxError explain(const toml::parse_error& error, std::string_view text) {
  std::string message(error.description());
  constexpr std::string_view prefix = "Error while parsing ";
  if (message.starts_with(prefix)) {
    if (const auto colon = message.find(": "); colon != std::string::npos) message.erase(0, colon + 2);
  }
  SyntaxError result{position(error.source()), std::move(message), {}};
  const auto line = line_at(text, result.at.line);
  if (!result.message.starts_with("cannot redefine")) {
    result.hint = hint_for(line);
    return result;
  }
  const auto quote = result.message.find('\'');
  const auto name = quote == std::string::npos
                        ? std::string()
                        : result.message.substr(quote + 1, result.message.find('\'', quote + 1) - quote - 1);
  if (const auto at = line.find(name); !name.empty() && at != std::string_view::npos) {
    result.at = {result.at.line, static_cast<std::uint32_t>(at + 1), static_cast<std::uint32_t>(name.size())};
    result.message = "\"" + name + "\" is set twice";
  }
  return result;
}

std::optional<SyntaxError> check_size(std::string_view text) {
  if (text.size() > longest_config) return SyntaxError{{}, "longer than 256 KiB", {}};
  std::uint32_t number = 1;
  for (std::size_t start = 0; start < text.size(); ++number) {
    const auto end = std::min(text.find('\n', start), text.size());
    // Keys cannot be broken over lines, so this also bounds how deep dotted keys can nest.
    if (end - start > longest_line) return SyntaxError{{number, 1, 1}, "line longer than 16 KiB", {}};
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
    return SyntaxError{error.at, "nested deeper than any setting", {}};
  }
}

}  // namespace gatehouse::app
