// SPDX-License-Identifier: Apache-2.0
#include "http/request.h"

namespace gatehouse::http {
namespace {

template <class Pairs>
const std::string* find(const Pairs& pairs, std::string_view name) noexcept {
  for (const auto& [key, value] : pairs) {
    if (key == name) return &value;
  }
  return nullptr;
}

}  // namespace

std::string_view method_name(Method method) noexcept {
  switch (method) {
    case Method::Get: return "GET";
    case Method::Head: return "HEAD";
    case Method::Post: return "POST";
    case Method::Put: return "PUT";
    case Method::Patch: return "PATCH";
    case Method::Delete: return "DELETE";
    case Method::Options: return "OPTIONS";
    case Method::Other: return "OTHER";
  }
  return "OTHER";
}

std::string_view Request::header(std::string_view name) const noexcept {
  const auto* value = find(headers, name);
  return value == nullptr ? std::string_view() : std::string_view(*value);
}

std::string_view Request::parameter(std::string_view name) const noexcept {
  const auto* value = find(parameters, name);
  return value == nullptr ? std::string_view() : std::string_view(*value);
}

std::optional<std::string_view> Request::query_value(std::string_view name) const noexcept {
  const auto* value = find(query, name);
  if (value == nullptr) return std::nullopt;
  return *value;
}

}  // namespace gatehouse::http
