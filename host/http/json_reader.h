// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.h"
#include "http/json_body.h"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace gatehouse::http {

using JsonValue = std::variant<std::string, bool, std::int64_t>;
// By the names the route declared, which are constants.
using JsonValues = std::vector<std::pair<std::string_view, JsonValue>>;

// The strict reading behind JsonBody: puts the declared members of the object in `text` into `into`, which must be
// empty and does not move its values while it grows. An empty text has no members. The error names everything that is
// wrong, by position and by name, and repeats no value.
std::optional<Error> read_json(std::string_view text, std::initializer_list<Member> members, JsonValues& into);

}  // namespace gatehouse::http
