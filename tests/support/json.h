// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::test {

// A JSON value as a test wants to look at it: read-only, and asking for what is not there gives the value Missing, so
// that an expectation fails with a readable text instead of a crash.
class Json {
 public:
  enum class Kind { Missing, Null, Boolean, Number, String, Array, Object };

  // Throws std::runtime_error for anything that is not one JSON value, or has a member twice.
  static Json parse(std::string_view text);

  Kind kind() const { return kind_; }
  bool missing() const { return kind_ == Kind::Missing; }
  bool is_null() const { return kind_ == Kind::Null; }
  bool is_string() const { return kind_ == Kind::String; }
  bool is_array() const { return kind_ == Kind::Array; }
  bool is_object() const { return kind_ == Kind::Object; }
  bool is_number() const { return kind_ == Kind::Number; }

  const Json& operator[](std::string_view member) const;
  const Json& operator[](std::size_t index) const;
  std::size_t size() const { return kind_ == Kind::Object ? members_.size() : items_.size(); }
  const std::vector<Json>& items() const { return items_; }
  std::vector<std::string> names() const;

  // The string, or "<not a string>": shows up in a failed comparison.
  const std::string& text() const;
  std::int64_t integer() const { return static_cast<std::int64_t>(number_); }
  double number() const { return number_; }
  bool boolean() const { return boolean_; }

 private:
  friend struct JsonBuilder;
  Kind kind_ = Kind::Missing;
  bool boolean_ = false;
  double number_ = 0;
  std::string text_;
  std::vector<Json> items_;
  std::vector<std::pair<std::string, Json>> members_;
};

// A JSON string literal. Bytes from 0x80 up pass as they are, so ill-formed UTF-8 stays ill-formed.
std::string json_string(std::string_view text);

using Members = std::vector<std::pair<std::string, std::string>>;
// {"name": value, ...}: each value is JSON text already.
std::string json_object(const Members& members);

}  // namespace gatehouse::test
