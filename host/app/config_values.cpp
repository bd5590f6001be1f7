// SPDX-License-Identifier: Apache-2.0
#include "app/config_values.h"

#include "base/encoding.h"
#include "base/json_text.h"
#include "base/units.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <utility>

namespace gatehouse::app {
namespace {

constexpr auto no_limit = std::numeric_limits<std::int64_t>::max();

ValueFault fault(const ProblemKind& kind, std::string message, std::string hint = {}) {
  return {&kind, std::move(message), std::move(hint), std::nullopt};
}

// A value in a message: quoted, and not longer than anybody reads.
std::string shown(std::string_view text) {
  constexpr std::size_t longest = 80;
  if (text.size() <= longest) return in_quotes(text);
  auto end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return in_quotes(std::string(text.substr(0, end)) + "...");
}

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

std::string format_number(ValueKind kind, std::int64_t number) {
  if (kind == ValueKind::Duration) return in_quotes(format_duration(std::chrono::microseconds{number}));
  if (kind == ValueKind::Size) return in_quotes(format_size(static_cast<std::uint64_t>(number)));
  return std::to_string(number);
}

ValueOrFault in_range(const ValueRule& rule, std::int64_t number) {
  if (number < rule.least) {
    return fault(problem::out_of_range, "expected at least " + format_number(rule.kind, rule.least) + ", got " +
                                            (number < 0 ? std::to_string(number) : format_number(rule.kind, number)));
  }
  if (number > rule.most) {
    return fault(problem::out_of_range, "expected at most " + format_number(rule.kind, rule.most) + ", got " +
                                            format_number(rule.kind, number));
  }
  if (number % rule.step != 0) {
    return fault(problem::out_of_range, "expected a multiple of " + format_number(rule.kind, rule.step) + ", got " +
                                            format_number(rule.kind, number));
  }
  return SettingValue{number};
}

struct UnitName {
  std::string_view written;
  std::string_view meant;
};
constexpr std::array<UnitName, 21> duration_names = {{{"msec", "ms"},   {"millis", "ms"}, {"milliseconds", "ms"},
                                                      {"sec", "s"},     {"secs", "s"},    {"second", "s"},
                                                      {"seconds", "s"}, {"min", "m"},     {"mins", "m"},
                                                      {"minute", "m"},  {"minutes", "m"}, {"hr", "h"},
                                                      {"hour", "h"},    {"hours", "h"},   {"day", "d"},
                                                      {"days", "d"},    {"ms", "ms"},     {"s", "s"},
                                                      {"m", "m"},       {"h", "h"},       {"d", "d"}}};
constexpr std::array<UnitName, 11> size_names = {{{"k", "KiB"},
                                                  {"kb", "KiB"},
                                                  {"kib", "KiB"},
                                                  {"m", "MiB"},
                                                  {"mb", "MiB"},
                                                  {"mib", "MiB"},
                                                  {"g", "GiB"},
                                                  {"gb", "GiB"},
                                                  {"gib", "GiB"},
                                                  {"b", "B"},
                                                  {"byte", "B"}}};

std::string write_the_unit(ValueKind kind, const std::string& digits) {
  if (kind == ValueKind::Size) return "write the unit: " + in_quotes(digits + "MiB");
  return "write the unit: " + in_quotes(digits + "s") + " or " + in_quotes(digits + "ms");
}

// What was meant by "15 min" or "64MB"; empty when nobody can tell.
template <std::size_t N>
std::string meant_with_unit(ValueKind kind, std::string_view text, const std::array<UnitName, N>& names) {
  const auto end = std::find_if_not(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  const std::string digits(text.begin(), end);
  std::string unit;
  for (auto c = end; c != text.end(); ++c) {
    if (*c != ' ' && *c != '_') unit.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(*c))));
  }
  if (digits.empty()) return {};
  if (unit.empty()) return write_the_unit(kind, digits);
  for (const auto& [written, meant] : names) {
    if (unit == written) return "did you mean " + in_quotes(digits + std::string(meant)) + "?";
  }
  return {};
}

ValueOrFault read_duration(const ValueRule& rule, std::string_view text) {
  if (const auto duration = parse_duration(text)) return in_range(rule, duration->count());
  auto hint = meant_with_unit(rule.kind, text, duration_names);
  if (hint.empty()) hint = "units: us, ms, s, m, h, d";
  return fault(problem::bad_unit, "expected a duration such as \"15m\", got " + shown(text), std::move(hint));
}

ValueOrFault read_size(const ValueRule& rule, std::string_view text) {
  if (const auto size = parse_size(text)) return in_range(rule, static_cast<std::int64_t>(*size));
  auto hint = meant_with_unit(rule.kind, text, size_names);
  if (hint.empty()) hint = "units: B, KiB, MiB, GiB, TiB";
  return fault(problem::bad_unit, "expected a size such as \"64MiB\", got " + shown(text), std::move(hint));
}

// "5/60s"; a limit of 0 when it is anything else.
Rate parse_rate(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return {};
  Rate rate;
  const auto* end = text.data() + slash;
  const auto parsed = std::from_chars(text.data(), end, rate.limit);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return {};
  const auto window = parse_duration(text.substr(slash + 1));
  if (!window) return {};
  rate.window = *window;
  return rate;
}

ValueOrFault read_rate(std::string_view text) {
  using namespace std::chrono_literals;
  const auto rate = parse_rate(text);
  if (rate == Rate{}) {
    return fault(problem::malformed, "expected a rate such as \"5/60s\", got " + shown(text),
                 "a count, a slash and a duration: 5 in 60 seconds is \"5/60s\"");
  }
  if (rate.limit == 0 || rate.window < 1s || rate.window > 24h || rate.window % 1s != 0us) {
    return fault(problem::out_of_range,
                 "expected a count of at least 1 in a window of whole seconds, \"1s\" to \"1d\", got " + shown(text));
  }
  return SettingValue{rate};
}

ValueOrFault read_choice(const ValueRule& rule, std::string_view text) {
  const auto choices = split_choices(rule.allowed);
  const auto found = std::find(choices.begin(), choices.end(), text);
  if (found != choices.end()) return SettingValue{static_cast<std::int64_t>(found - choices.begin())};
  return fault(problem::not_allowed, "expected " + describe_rule(rule) + ", got " + shown(text),
               did_you_mean(text, choices));
}

ValueOrFault read_plain_text(const ValueRule& rule, std::string_view text) {
  if (rule.form != nullptr) {
    if (auto expected = rule.form(text); !expected.empty()) {
      return fault(problem::malformed, "expected " + std::move(expected) + ", got " + shown(text));
    }
  }
  return SettingValue{std::string(text)};
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
    if (rule.kind == ValueKind::TextList) hint = "did you mean [" + in_quotes(node.text) + "]?";
  }
  return fault(
      rule.kind == ValueKind::Duration || rule.kind == ValueKind::Size ? problem::bad_unit : problem::wrong_type,
      std::move(message), std::move(hint));
}

ValueOrFault read_list(const ValueRule& rule, const Node& node) {
  if (node.type != Node::Type::Array) return wrong_type(rule, node);
  const ValueRule of_element{.kind = ValueKind::Text, .form = rule.form};
  std::vector<std::string> list;
  for (const auto& element : node.children) {
    auto value = element.type == Node::Type::Text ? read_plain_text(of_element, element.text)
                                                  : ValueOrFault(wrong_type(of_element, element));
    if (!value) {
      value.error().element = list.size();
      return value;
    }
    list.push_back(std::move(std::get<std::string>(*value)));
  }
  return SettingValue{std::move(list)};
}

ValueOrFault read_list_text(const ValueRule& rule, std::string_view text) {
  std::vector<std::string> list;
  for (const auto element : split_choices(text)) {
    auto value = read_plain_text(rule, element);
    if (!value) return value;
    list.emplace_back(element);
  }
  return SettingValue{std::move(list)};
}

}  // namespace

ValueOrFault read_value(const ValueRule& rule, const Node& node) {
  switch (rule.kind) {
    case ValueKind::Boolean:
      if (node.type != Node::Type::Boolean) return wrong_type(rule, node);
      return SettingValue{node.boolean};
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
    return SettingValue{text == "true"};
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
  return format_number(rule.kind, *number);
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
  if (bounded && rule.most != no_limit) {
    out += ", " + format_number(rule.kind, rule.least) + " to " + format_number(rule.kind, rule.most);
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
