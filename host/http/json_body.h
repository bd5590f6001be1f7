// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "base/secret.h"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::http {

struct Request;

// One member a route knows.
enum class JsonType : std::uint8_t { String, Boolean, Integer, Object };
struct Member {
  std::string_view name;
  JsonType type = JsonType::String;
  bool required = false;
  std::size_t max_code_points = 256;  // strings only
};

// A request body read strictly: one JSON object in UTF-8 (RFC 8259), no duplicate member, no NUL or control character
// in a name, depth at most 16, only the members the route declares (with did-you-mean), each of its declared type,
// strings without NUL, lone surrogates or noncharacters. Everything wrong is reported in one go. Errors:
// UnsupportedMediaType, MalformedJson, UnknownField, ValidationFailed.
class JsonBody {
 public:
  // An absent body counts as {} when no member is required.
  static Result<JsonBody> read(const Request& request, std::initializer_list<Member> members);

  std::optional<std::string_view> string(std::string_view name) const;
  // The member as a secret; the parsed copy inside this object is wiped when it ends.
  Secret<std::string> secret(std::string_view name) const;
  bool boolean(std::string_view name, bool otherwise) const;
  std::optional<std::int64_t> integer(std::string_view name) const;

  JsonBody(JsonBody&&) noexcept;
  JsonBody& operator=(JsonBody&&) noexcept;
  ~JsonBody();

 private:
  JsonBody();
  struct State;
  std::unique_ptr<State> state_;
};

// Builds a JSON object text, member by member; strings are escaped and checked to be UTF-8 (ill-formed bytes become
// U+FFFD). Small on purpose: answers are flat objects, arrays of them, and nothing else.
class JsonWriter {
 public:
  // Room for an answer with tokens: growing would leave copies of them behind.
  JsonWriter() { out_.reserve(2048); }

  JsonWriter& begin_object();
  JsonWriter& begin_object(std::string_view name);
  JsonWriter& end_object();
  JsonWriter& begin_array(std::string_view name);
  JsonWriter& end_array();
  JsonWriter& member(std::string_view name, std::string_view value);
  JsonWriter& member(std::string_view name, const char* value) { return member(name, std::string_view(value)); }
  JsonWriter& member(std::string_view name, std::int64_t value);
  JsonWriter& member(std::string_view name, int value) { return member(name, static_cast<std::int64_t>(value)); }
  JsonWriter& member(std::string_view name, bool value);
  JsonWriter& null(std::string_view name);
  JsonWriter& element(std::string_view value);
  std::string take();

 private:
  void separate();
  void key(std::string_view name);
  std::string out_;
  bool first_ = true;
};

}  // namespace gatehouse::http
