// SPDX-License-Identifier: Apache-2.0
#include "base/units.h"

#include <array>
#include <charconv>
#include <limits>

namespace gatehouse {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

// Largest first: formatting takes the first that divides.
constexpr std::array<Unit, 6> duration_units = {
    {{"d", 86'400'000'000}, {"h", 3'600'000'000}, {"m", 60'000'000}, {"s", 1'000'000}, {"ms", 1'000}, {"us", 1}}};
constexpr std::array<Unit, 5> size_units = {{{"TiB", std::int64_t{1} << 40},
                                             {"GiB", std::int64_t{1} << 30},
                                             {"MiB", std::int64_t{1} << 20},
                                             {"KiB", std::int64_t{1} << 10},
                                             {"B", 1}}};

template <std::size_t N>
std::optional<std::int64_t> parse(std::string_view text, const std::array<Unit, N>& units) noexcept {
  // from_chars would take a minus sign.
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  const auto suffix = text.substr(static_cast<std::size_t>(end - text.data()));
  for (const auto& unit : units) {
    if (suffix != unit.name) continue;
    if (number > std::numeric_limits<std::int64_t>::max() / unit.factor) return std::nullopt;
    return number * unit.factor;
  }
  return std::nullopt;
}

template <std::size_t N>
std::string format(std::int64_t value, std::string_view unit_of_zero, const std::array<Unit, N>& units) {
  if (value == 0) return std::string(1, '0').append(unit_of_zero);
  for (const auto& unit : units) {
    if (value % unit.factor == 0) return std::to_string(value / unit.factor).append(unit.name);
  }
  return {};  // Never: the smallest unit divides everything.
}

}  // namespace

std::optional<std::chrono::microseconds> parse_duration(std::string_view text) noexcept {
  const auto value = parse(text, duration_units);
  if (!value) return std::nullopt;
  return std::chrono::microseconds(*value);
}

std::optional<std::uint64_t> parse_size(std::string_view text) noexcept {
  const auto value = parse(text, size_units);
  if (!value) return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

std::string format_duration(std::chrono::microseconds duration) {
  return format(duration.count(), "s", duration_units);
}

std::string format_size(std::uint64_t bytes) { return format(static_cast<std::int64_t>(bytes), "B", size_units); }

}  // namespace gatehouse
