// SPDX-License-Identifier: Apache-2.0
#include "http/date_text.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace gatehouse::http {

std::string_view DateText::at(Time now) {
  using std::chrono::floor;
  const auto second = floor<std::chrono::seconds>(now);
  if (second.time_since_epoch().count() == second_) return {text_.data(), text_.size()};
  second_ = second.time_since_epoch().count();

  constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = floor<std::chrono::days>(second);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(second - day);
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d GMT", days[std::chrono::weekday(day).c_encoding()],
                static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
                static_cast<int>(date.year()), static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
  std::copy_n(text, text_.size(), text_.begin());
  return {text_.data(), text_.size()};
}

}  // namespace gatehouse::http
