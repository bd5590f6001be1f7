// SPDX-License-Identifier: Apache-2.0
#include "app/config_values.h"

#include "app/config_quantities.h"
#include "app/config_secrets.h"
#include "base/encoding.h"
#include "base/json_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <iterator>
#include <utility>

namespace gatehouse::app {
namespace {

std::string_view noun(ValueKind kind) {
  switch (kind) {
    case ValueKind::Text:
    case ValueKind::Choice: return "text";
    case ValueKind::Boolean: return "true or false";
    case ValueKind::Integer: return "a whole number";
    case ValueKind::Duration: return "a duration such as \"15m\"";
    case ValueKind::Size: return "a size such as \"64MiB\"";
    case ValueKind::Rate: return "a rate such as \"5/60s\"";
    case ValueKind::TextList: return "a list of texts";
  }
  return "a value";
}

ValueOrFault read_choice(const ValueRule& rule, std::string_view text) {
  const auto choices = split_choices(rule.allowed);
  const auto found = std::find(choices.begin(), choices.end(), text);
  if (found != choices.end()) return accepted(static_cast<std::int64_t>(found - choices.begin()));
  return fault(problem::not_allowed, "expected " + describe_rule(rule) + ", got " + shown(text),
               did_you_mean(text, choices));
}

ValueOrFault read_plain_text(const ValueRule& rule, std::string_view text) {
  if (rule.form != nullptr) {
    if (auto expected = rule.form(text); !expected.empty()) {
      return fault(problem::malformed, "expected " + std::move(expected) + ", got " + shown(text));
    }
  }
  return accepted(std::string(text));
}

// The kinds that are written as text.
ValueOrFault read_written(const ValueRule& rule, std::string_view text) {
  switch (rule.kind) {
    case ValueKind::Duration: return read_duration(rule, text);
    case ValueKind::Size: return read_size(rule, text);
    case ValueKind::Rate: return read_rate(text);
    case ValueKind::Choice: return read_choice(rule, text);
    default: return read_plain_text(rule, text);
  }
}

ValueFault wrong_type(const ValueRule& rule, const Node& node) {
  const auto expected = rule.kind == ValueKind::Choice ? describe_rule(rule) : std::string(noun(rule.kind));
  std::string message = "expected " + expected + ", got " + std::string(type_name(node.type));
  std::string hint;
  if (node.type == Node::Type::Integer) {
    const auto digits = std::to_string(node.integer);
    message += " " + digits;
    if (rule.kind == ValueKind::Duration || rule.kind == ValueKind::Size) hint = write_the_unit(rule.kind, digits);
    if (rule.kind == ValueKind::Boolean && node.integer <= 1 && node.integer >= 0) {
      hint = node.integer == 1 ? "did you mean true?" : "did you mean false?";
    }
    if (rule.kind == ValueKind::Text) {
      const auto form = rule.form == nullptr ? std::string() : rule.form(digits);
      hint = form.empty() ? "did you mean " + in_quotes(digits) + "?" : "write " + form;
    }
  }
  if (node.type == Node::Type::Text) {
    const bool fits = rule.kind == ValueKind::Boolean ? node.text == "true" || node.text == "false"
                                                      : rule.kind == ValueKind::Integer && read_text(rule, node.text);
    if (fits) hint = "did you mean " + node.text + " without quotes?";
    if (rule.kind == ValueKind::TextList) hint = "did you mean [" + shown(node.text) + "]?";
  }
  return fault(
      rule.kind == ValueKind::Duration || rule.kind == ValueKind::Size ? problem::bad_unit : problem::wrong_type,
      std::move(message), std::move(hint));
}

// The list of these, or what is wrong with every one that is.
ValueOrFault gathered(std::vector<ValueOrFault> elements) {
  std::vector<std::string> list;
  std::vector<ValueFault> faults;
  for (std::size_t i = 0; i < elements.size(); ++i) {
    if (elements[i]) {
      list.push_back(std::get<std::string>(std::move(*elements[i])));
    } else {
      faults.push_back(std::move(elements[i].error()));
      faults.back().element = i;
    }
  }
  if (faults.empty()) return accepted(std::move(list));
  auto first = std::move(faults.front());
  first.more.assign(std::make_move_iterator(faults.begin() + 1), std::make_move_iterator(faults.end()));
  return first;
}

ValueOrFault read_list(const ValueRule& rule, const Node& node) {
  const ValueRule of_element{.kind = ValueKind::Text, .form = rule.form};
  if (rule.one_or_more && node.type == Node::Type::Text) return gathered({read_plain_text(of_element, node.text)});
  if (node.type != Node::Type::Array) return wrong_type(rule, node);
  std::vector<ValueOrFault> elements;
  for (const auto& element : node.children) {
    elements.push_back(element.type == Node::Type::Text ? read_plain_text(of_element, element.text)
                                                        : ValueOrFault(wrong_type(of_element, element)));
  }
  return gathered(std::move(elements));
}

ValueOrFault read_list_text(const ValueRule& rule, std::string_view text) {
  std::vector<ValueOrFault> elements;
  for (const auto element : split_choices(text)) elements.push_back(read_plain_text(rule, element));
  return gathered(std::move(elements));
}

}  // namespace

ValueOrFault accepted(SettingValue value) { return value; }

ValueFault fault(const ProblemKind& kind, std::string message, std::string hint) {
  return {&kind, std::move(message), std::move(hint), std::nullopt, {}};
}

std::string shown(std::string_view text) {
  constexpr std::size_t longest = 80;
  const auto login = login_in_url(text);
  if (text.size() <= longest && login == std::string_view::npos) return in_quotes(text);
  auto end = std::min(longest, login);
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return in_quotes(std::string(text.substr(0, end)) + "...");
}

ValueOrFault read_value(const ValueRule& rule, const Node& node) {
  switch (rule.kind) {
    case ValueKind::Boolean:
      if (node.type != Node::Type::Boolean) return wrong_type(rule, node);
      return accepted(node.boolean);
    case ValueKind::Integer:
      if (node.type != Node::Type::Integer) return wrong_type(rule, node);
      return in_range(rule, node.integer);
    case ValueKind::TextList: return read_list(rule, node);
    default:
      if (node.type != Node::Type::Text) return wrong_type(rule, node);
      return read_written(rule, node.text);
  }
}

ValueOrFault read_text(const ValueRule& rule, std::string_view text) {
  if (rule.kind == ValueKind::Boolean) {
    if (text != "true" && text != "false") {
      return fault(problem::wrong_type, "expected true or false, got " + shown(text));
    }
    return accepted(text == "true");
  }
  if (rule.kind == ValueKind::Integer) {
    std::int64_t number = 0;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (parsed.ec != std::errc{} || parsed.ptr != end) {
      return fault(problem::wrong_type, "expected a whole number, got " + shown(text));
    }
    return in_range(rule, number);
  }
  if (rule.kind == ValueKind::TextList) return read_list_text(rule, text);
  return read_written(rule, text);
}

std::string format_value(const ValueRule& rule, const SettingValue& value) {
  if (const auto* boolean = std::get_if<bool>(&value)) return *boolean ? "true" : "false";
  if (const auto* text = std::get_if<std::string>(&value)) return in_quotes(*text);
  if (const auto* rate = std::get_if<Rate>(&value)) {
    const auto window = std::chrono::duration_cast<seconds>(rate->window);
    return in_quotes(std::to_string(rate->limit) + "/" + std::to_string(window.count()) + "s");
  }
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
    std::string out = "[";
    for (const auto& element : *list) out += (out.size() > 1 ? ", " : "") + in_quotes(element);
    return out + "]";
  }
  const auto* number = std::get_if<std::int64_t>(&value);
  if (number == nullptr) return {};
  if (rule.kind == ValueKind::Choice)
    return in_quotes(split_choices(rule.allowed).at(static_cast<std::size_t>(*number)));
  return format_quantity(rule.kind, *number);
}

std::string describe_rule(const ValueRule& rule) {
  if (rule.kind == ValueKind::Choice) {
    std::string out = "one of ";
    for (const auto choice : split_choices(rule.allowed)) out += (out.size() > 7 ? ", " : "") + std::string(choice);
    return out;
  }
  constexpr std::array<std::string_view, 8> words = {"text",     "",     "true or false", "number",
                                                     "duration", "size", "rate",          "list of texts"};
  std::string out(words[static_cast<std::size_t>(rule.kind)]);
  const bool bounded =
      rule.kind == ValueKind::Integer || rule.kind == ValueKind::Duration || rule.kind == ValueKind::Size;
  if (bounded && rule.most != ValueRule{}.most) {
    out += ", " + format_quantity(rule.kind, rule.least) + " to " + format_quantity(rule.kind, rule.most);
  }
  return out;
}

std::vector<std::string_view> split_choices(std::string_view allowed) {
  std::vector<std::string_view> choices;
  while (!allowed.empty()) {
    const auto comma = std::min(allowed.find(','), allowed.size());
    auto choice = allowed.substr(0, comma);
    while (choice.starts_with(' ')) choice.remove_prefix(1);
    while (choice.ends_with(' ')) choice.remove_suffix(1);
    if (!choice.empty()) choices.push_back(choice);
    allowed.remove_prefix(std::min(comma + 1, allowed.size()));
  }
  return choices;
}

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  return nearest_word(word, candidates.data(), candidates.size());
}

std::string did_you_mean(std::string_view word, const std::vector<std::string_view>& candidates) {
  const auto near = nearest(word, candidates);
  return near.empty() ? std::string() : "did you mean " + in_quotes(near) + "?";
}

std::string in_quotes(std::string_view text) {
  std::string out;
  append_json_text(out, text);
  return out;
}

}  // namespace gatehouse::app
