// SPDX-License-Identifier: Apache-2.0
// Any bytes as a request body: no crash, and whatever is accepted is JSON to a second parser too, with the same values.
#include "base/encoding.h"
#include "http/json_body.h"
#include "http/request.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace gatehouse;
using namespace gatehouse::http;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Request request;
  request.method = Method::Post;
  request.headers = {{"content-type", "application/json"}};
  request.body.assign(reinterpret_cast<const char*>(data), size);
  const auto text = request.body;

  const auto body = JsonBody::read(request, {{"email", JsonType::String, false, 64},
                                             {"password", JsonType::String, false, 64},
                                             {"rememberMe", JsonType::Boolean},
                                             {"count", JsonType::Integer}});
  if (!body) {
    for (const auto& field : body.error().fields) require(is_utf8(field.pointer) && is_utf8(field.detail));
    return 0;
  }
  if (text.empty()) return 0;
  const auto second = nlohmann::json::parse(text, nullptr, false);
  require(second.is_object());
  for (const char* name : {"email", "password"}) {
    const auto value = body->string(name);
    require(value.has_value() == second.contains(name));
    if (!value) continue;
    require(second.at(name).is_string() && second.at(name).get<std::string>() == *value);
    require(is_utf8(*value) && value->find('\0') == std::string_view::npos && count_code_points(*value) <= 64);
  }
  if (second.contains("rememberMe")) {
    require(second.at("rememberMe").is_boolean());
    require(body->boolean("rememberMe", !second.at("rememberMe").get<bool>()) == second.at("rememberMe").get<bool>());
  }
  const auto count = body->integer("count");
  require(count.has_value() == second.contains("count"));
  if (count) require(second.at("count").is_number_integer() && second.at("count").get<std::int64_t>() == *count);
  return 0;
}
