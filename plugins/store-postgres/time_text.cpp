// SPDX-License-Identifier: Apache-2.0
#include "time_text.h"

#include <charconv>
#include <limits>

namespace gatehouse::store_postgres {
namespace {

constexpr std::int64_t before_all = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t day_us = 86'400 * second_us;

struct Date {
  std::int64_t year;  // astronomical: 0 is 1 BC
  std::int64_t month;
  std::int64_t day;
};

// The proleptic Gregorian calendar in eras of 400 years that begin in March, as H. Hinnant describes it.
Date date_of(std::int64_t days) noexcept {
  days += 719'468;
  const std::int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const std::int64_t of_era = days - era * 146'097;
  const std::int64_t year = (of_era - of_era / 1'460 + of_era / 36'524 - of_era / 146'096) / 365;
  const std::int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  const std::int64_t shifted = (5 * of_year + 2) / 153;
  const std::int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
  return {year + era * 400 + (month <= 2 ? 1 : 0), month, of_year - (153 * shifted + 2) / 5 + 1};
}

std::int64_t days_of(Date date) noexcept {
  const std::int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t of_era_year = year - era * 400;
  const std::int64_t of_year = (153 * (date.month > 2 ? date.month - 3 : date.month + 9) + 2) / 5 + date.day - 1;
  return era * 146'097 + of_era_year * 365 + of_era_year / 4 - of_era_year / 100 + of_year - 719'468;
}

void append_padded(std::string& out, std::int64_t number, int width) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof(digits), number).ptr;
  for (auto size = end - digits; size < width; ++size) out.push_back('0');
  out.append(digits, static_cast<std::size_t>(end - digits));
}

// Takes a number and the one character after it from the front; a NUL stands for the end.
bool take(std::string_view& text, char after, std::int64_t& number) noexcept {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (after == '\0') return true;
  if (text.empty() || text.front() != after) return false;
  text.remove_prefix(1);
  return true;
}

// The digits behind the decimal point, if there is one.
bool take_fraction(std::string_view& text, std::int64_t& micros) noexcept {
  micros = 0;
  if (text.empty() || text.front() != '.') return true;
  text.remove_prefix(1);
  std::int64_t scale = second_us;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    scale /= 10;
    micros += (text.front() - '0') * scale;
    text.remove_prefix(1);
  }
  return scale > 0;
}

}  // namespace

bool is_timestamp(std::int64_t us) noexcept { return us >= first_time_us || us == before_all; }

void append_time(std::string& out, std::int64_t us) {
  if (us < first_time_us) {
    out += "-infinity";
    return;
  }
  const std::int64_t days = (us >= 0 ? us : us - (day_us - 1)) / day_us;
  const std::int64_t of_day = us - days * day_us;
  const Date date = date_of(days);
  append_padded(out, date.year > 0 ? date.year : 1 - date.year, 4);
  out.push_back('-');
  append_padded(out, date.month, 2);
  out.push_back('-');
  append_padded(out, date.day, 2);
  out.push_back(' ');
  append_padded(out, of_day / (3'600 * second_us), 2);
  out.push_back(':');
  append_padded(out, of_day / (60 * second_us) % 60, 2);
  out.push_back(':');
  append_padded(out, of_day / second_us % 60, 2);
  out.push_back('.');
  append_padded(out, of_day % second_us, 6);
  out += date.year > 0 ? "+00" : "+00 BC";
}

std::optional<std::int64_t> parse_time(std::string_view text) noexcept {
  if (text == "-infinity") return before_all;
  Date date{};
  std::int64_t hour = 0;
  std::int64_t minute = 0;
  std::int64_t second = 0;
  std::int64_t micros = 0;
  const bool read = take(text, '-', date.year) && take(text, '-', date.month) && take(text, ' ', date.day) &&
                    take(text, ':', hour) && take(text, ':', minute) && take(text, '\0', second) &&
                    take_fraction(text, micros);
  if (!read || (text != "+00" && text != "+00 BC")) return std::nullopt;
  if (text == "+00 BC") date.year = 1 - date.year;
  const std::int64_t seconds = days_of(date) * 86'400 + hour * 3'600 + minute * 60 + second;
  return seconds * second_us + micros;
}

}  // namespace gatehouse::store_postgres
