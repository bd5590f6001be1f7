// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.h"

#include <string>
#include <string_view>

namespace gatehouse::accounts {

// ValidationFailed with one entry. `detail` goes to the client: never the value itself.
inline Error field_error(std::string_view pointer, std::string_view code, std::string_view detail) {
  Error error;
  error.code = Code::ValidationFailed;
  error.fields.push_back({std::string(pointer), std::string(code), std::string(detail)});
  return error;
}

}  // namespace gatehouse::accounts
