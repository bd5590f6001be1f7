// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"

#include <array>
#include <cstdint>
#include <string_view>

namespace gatehouse::http {

// The Date header's value (IMF-fixdate, RFC 9110 5.6.7), made once a second. One thread at a time.
class DateText {
 public:
  // Borrowed until the next call.
  std::string_view at(Time now);

 private:
  std::int64_t second_ = -1;
  std::array<char, 29> text_{};
};

}  // namespace gatehouse::http
