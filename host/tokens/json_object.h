// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gatehouse::tokens {

// A value of some kind that tokens have no use for: true, null, 1.5, 2^63, an object, an array with anything but texts.
struct OtherJson {};
using TextList = std::vector<std::string>;
using JsonValue = std::variant<OtherJson, std::string, std::int64_t, TextList>;
using JsonObject = std::map<std::string, JsonValue, std::less<>>;

// One JSON object and nothing around it but white space (RFC 8259), read so that no two readers can disagree on it: no
// member twice, at any depth; no NUL in a name; well-formed UTF-8, no BOM; at most 16 levels.
std::optional<JsonObject> read_json_object(std::string_view text);

// The member when it is there and of that type.
template <class T>
const T* member(const JsonObject& object, std::string_view name) {
  const auto at = object.find(name);
  return at == object.end() ? nullptr : std::get_if<T>(&at->second);
}

}  // namespace gatehouse::tokens
