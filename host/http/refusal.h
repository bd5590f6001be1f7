// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.h"

#include <string>
#include <string_view>

namespace gatehouse::http {

// What is wrong with the message itself. `why` is one of our own words ("HOST_NOT_UNIQUE") and `detail` one of our own
// sentences: nothing of what the client sent is repeated.
inline Error bad_request(std::string_view why, std::string_view detail) {
  return Error{Code::BadRequest, std::string(why), {FieldError{"", std::string(why), std::string(detail)}}};
}

}  // namespace gatehouse::http
