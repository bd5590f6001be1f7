// SPDX-License-Identifier: Apache-2.0
#include "app/config_quantities.h"

#include "base/units.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <utility>

namespace gatehouse::app {
namespace {

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

}  // namespace

std::string format_quantity(ValueKind kind, std::int64_t number) {
  if (kind == ValueKind::Duration) return in_quotes(format_duration(std::chrono::microseconds{number}));
  if (kind == ValueKind::Size) return in_quotes(format_size(static_cast<std::uint64_t>(number)));
  return std::to_string(number);
}

ValueOrFault in_range(const ValueRule& rule, std::int64_t number) {
  if (number < rule.least) {
    return fault(problem::out_of_range, "expected at least " + format_quantity(rule.kind, rule.least) + ", got " +
                                            (number < 0 ? std::to_string(number) : format_quantity(rule.kind, number)));
  }
  if (number > rule.most) {
    return fault(problem::out_of_range, "expected at most " + format_quantity(rule.kind, rule.most) + ", got " +
                                            format_quantity(rule.kind, number));
  }
  if (number % rule.step != 0) {
    return fault(problem::out_of_range, "expected a multiple of " + format_quantity(rule.kind, rule.step) + ", got " +
                                            format_quantity(rule.kind, number));
  }
  return accepted(number);
}

std::string write_the_unit(ValueKind kind, const std::string& digits) {
  if (kind == ValueKind::Size) return "write the unit: " + in_quotes(digits + "MiB");
  return "write the unit: " + in_quotes(digits + "s") + " or " + in_quotes(digits + "ms");
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
  return accepted(rate);
}

}  // namespace gatehouse::app
