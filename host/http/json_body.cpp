// SPDX-License-Identifier: Apache-2.0
#include "http/json_body.h"

#include "base/secret.h"
#include "http/json_reader.h"
#include "http/request.h"
#include "http/text.h"

#include <utility>
#include <variant>

namespace gatehouse::http {

struct JsonBody::State {
  JsonValues values;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    for (auto& [name, value] : values) {
      if (auto* text = std::get_if<std::string>(&value)) wipe(text->data(), text->size());
    }
  }

  template <class T>
  const T* find(std::string_view name) const {
    for (const auto& [known, value] : values) {
      if (known == name) return std::get_if<T>(&value);
    }
    return nullptr;
  }
};

namespace {

// application/json, with no other charset than UTF-8.
bool is_json(std::string_view content_type) noexcept {
  if (!same_ignoring_case(trim(take_until(content_type, ';')), "application/json")) return false;
  while (!content_type.empty()) {
    auto value = trim(take_until(content_type, ';'));
    const auto name = take_until(value, '=');
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    if (same_ignoring_case(name, "charset") && !same_ignoring_case(value, "utf-8")) return false;
  }
  return true;
}

}  // namespace

JsonBody::JsonBody() = default;
JsonBody::JsonBody(JsonBody&&) noexcept = default;
JsonBody& JsonBody::operator=(JsonBody&&) noexcept = default;
JsonBody::~JsonBody() = default;

Result<JsonBody> JsonBody::read(const Request& request, std::initializer_list<Member> members) {
  if (!request.body.empty() && !is_json(request.header("content-type"))) return Error{Code::UnsupportedMediaType};
  JsonBody body;
  body.state_ = std::make_unique<State>();
  if (auto error = read_json(request.body, members, body.state_->values)) return std::move(*error);
  return body;
}

std::optional<std::string_view> JsonBody::string(std::string_view name) const {
  const auto* value = state_->find<std::string>(name);
  if (value == nullptr) return std::nullopt;
  return *value;
}

Secret<std::string> JsonBody::secret(std::string_view name) const {
  const auto* value = state_->find<std::string>(name);
  return value == nullptr ? Secret<std::string>() : Secret<std::string>(*value);
}

bool JsonBody::boolean(std::string_view name, bool otherwise) const {
  const auto* value = state_->find<bool>(name);
  return value == nullptr ? otherwise : *value;
}

std::optional<std::int64_t> JsonBody::integer(std::string_view name) const {
  const auto* value = state_->find<std::int64_t>(name);
  if (value == nullptr) return std::nullopt;
  return *value;
}

}  // namespace gatehouse::http
