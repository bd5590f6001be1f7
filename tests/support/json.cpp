// SPDX-License-Identifier: Apache-2.0
#include "support/json.h"

#include <nlohmann/json.hpp>

#include <array>
#include <stdexcept>

namespace gatehouse::test {

// Builds the tree from nlohmann's events, since its own tree would swallow repeated members.
struct JsonBuilder : nlohmann::json_sax<nlohmann::json> {
  Json root;
  std::vector<Json*> open;
  std::string name;

  Json& place() {
    if (open.empty()) return root;
    Json& parent = *open.back();
    if (parent.kind_ == Json::Kind::Array) return parent.items_.emplace_back();
    for (const auto& member : parent.members_) {
      if (member.first == name) throw std::runtime_error("JSON member twice: " + name);
    }
    return parent.members_.emplace_back(name, Json{}).second;
  }
  Json& put(Json::Kind kind) {
    Json& value = place();
    value.kind_ = kind;
    return value;
  }
  bool put_number(double value) {
    put(Json::Kind::Number).number_ = value;
    return true;
  }

  bool null() override {
    put(Json::Kind::Null);
    return true;
  }
  bool boolean(bool value) override {
    put(Json::Kind::Boolean).boolean_ = value;
    return true;
  }
  bool number_integer(number_integer_t value) override { return put_number(static_cast<double>(value)); }
  bool number_unsigned(number_unsigned_t value) override { return put_number(static_cast<double>(value)); }
  bool number_float(number_float_t value, const string_t&) override { return put_number(value); }
  bool string(string_t& value) override {
    put(Json::Kind::String).text_ = value;
    return true;
  }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override {
    open.push_back(&put(Json::Kind::Object));
    return true;
  }
  bool key(string_t& value) override {
    name = value;
    return true;
  }
  bool end_object() override {
    open.pop_back();
    return true;
  }
  bool start_array(std::size_t) override {
    open.push_back(&put(Json::Kind::Array));
    return true;
  }
  bool end_array() override { return end_object(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception& error) override {
    throw std::runtime_error(error.what());
  }
};

Json Json::parse(std::string_view text) {
  JsonBuilder builder;
  nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  return std::move(builder.root);
}

const Json& Json::operator[](std::string_view member) const {
  static const Json nothing;
  for (const auto& [name, value] : members_) {
    if (name == member) return value;
  }
  return nothing;
}

const Json& Json::operator[](std::size_t index) const {
  static const Json nothing;
  return index < items_.size() ? items_[index] : nothing;
}

std::vector<std::string> Json::names() const {
  std::vector<std::string> names;
  for (const auto& member : members_) names.push_back(member.first);
  return names;
}

const std::string& Json::text() const {
  static const std::string other = "<not a string>";
  return kind_ == Kind::String ? text_ : other;
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      constexpr std::string_view digits = "0123456789abcdef";
      out += "\\u00";
      out += digits[byte >> 4];
      out += digits[byte & 15];
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string json_object(const Members& members) {
  std::string out = "{";
  for (const auto& [name, value] : members) {
    if (out.size() > 1) out += ',';
    out += json_string(name) + ':' + value;
  }
  return out + '}';
}

}  // namespace gatehouse::test
