// SPDX-License-Identifier: Apache-2.0
#include "http/json_reader.h"

#include "base/encoding.h"
#include "base/secret.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <tuple>

namespace gatehouse::http {
namespace {

constexpr std::size_t max_depth = 16;
constexpr std::size_t max_members = 256;  // of one object; names are compared with each other
constexpr std::size_t max_errors = 32;
constexpr std::size_t max_shown_name = 64;

std::string_view type_text(JsonType type) noexcept {
  switch (type) {
    case JsonType::String: return "must be a string";
    case JsonType::Boolean: return "must be true or false";
    case JsonType::Integer: return "must be a whole number";
    case JsonType::Object: return "must be an object";
  }
  return "is of the wrong type";
}

// U+FDD0 to U+FDEF and the last two code points of every plane, in well-formed UTF-8.
bool has_noncharacter(std::string_view text) noexcept {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    if (at(i) == 0xEF && at(i + 1) == 0xB7 && at(i + 2) >= 0x90 && at(i + 2) <= 0xAF) return true;
    if (at(i) == 0xEF && at(i + 1) == 0xBF && at(i + 2) >= 0xBE) return true;
    if (i + 3 < text.size() && at(i) >= 0xF0 && (at(i + 1) & 0x0F) == 0x0F && at(i + 2) == 0xBF && at(i + 3) >= 0xBE) {
      return true;
    }
  }
  return false;
}

// What is shown of a name the client made up: cut between characters, or the answer would not be UTF-8.
std::string_view shown(std::string_view name) noexcept {
  if (name.size() <= max_shown_name) return name;
  auto end = max_shown_name;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) --end;
  return name.substr(0, end);
}

std::string pointer_to(std::string_view path, std::string_view name) {
  std::string pointer(path);
  pointer.push_back('/');
  for (const char c : shown(name)) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer.push_back(c);
    }
  }
  return pointer;
}

// Takes nlohmann's events and keeps what was declared. It stops the parser by returning false.
class Reader {
 public:
  Reader(std::initializer_list<Member> members, JsonValues& into) : members_(members), into_(into) {}

  bool null() { return wrong_type(); }
  bool boolean(bool value) { return scalar(JsonType::Boolean, value); }
  bool number_integer(std::int64_t value) { return scalar(JsonType::Integer, value); }
  bool number_unsigned(std::uint64_t value) {
    if (value <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return scalar(JsonType::Integer, static_cast<std::int64_t>(value));
    }
    return wrong_type();
  }
  bool number_float(double, const std::string&) { return wrong_type(); }
  bool string(std::string& value) {
    const bool going_on = text(value);
    wipe(value.data(), value.size());
    return going_on;
  }
  bool binary(std::vector<std::uint8_t>&) { return wrong_type(); }

  bool start_object(std::size_t) {
    const bool root = frames_.empty();
    const bool wanted = root || (member_ != nullptr && member_->type == JsonType::Object);
    if (!wanted && !wrong_type()) return false;
    Frame frame{wanted, root || !wanted ? std::string() : std::string(member_->name) + ".", {}};
    if (!root && wanted) given_.push_back(member_);
    return push(std::move(frame));
  }
  bool end_object() { return pop(); }
  bool start_array(std::size_t) { return wrong_type() && push({false, {}, {}}); }
  bool end_array() { return pop(); }

  bool key(std::string& name) {
    auto& frame = frames_.back();
    member_ = nullptr;
    name_ = name;
    const auto is_control = [](char c) { return (c >= 0 && c < 0x20) || c == 0x7F; };
    if (std::any_of(name.begin(), name.end(), is_control)) {
      return malformed("", "NAME", "a name holds a control character");
    }
    if (std::find(frame.names.begin(), frame.names.end(), name) != frame.names.end()) {
      return malformed(pointer(), "DUPLICATE_MEMBER", "the name is there twice");
    }
    if (frame.names.size() == max_members) return malformed("", "MEMBERS", "an object has too many members");
    frame.names.push_back(name);
    if (!frame.wanted) return true;
    member_ = declared(frame.prefix, name);
    if (member_ == nullptr) unknown(frame);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) {
    return malformed("", "SYNTAX", "not JSON at byte " + std::to_string(position));
  }

  // After the parser has ended: everything that is wrong, or nothing.
  std::optional<Error> verdict() {
    if (malformed_) return Error{Code::MalformedJson, malformed_->code, {*malformed_}};
    for (const auto& member : members_) {
      if (member.required && !is_given(member) && parent_given(member)) {
        report(pointer_of(member.name), "REQUIRED", "is required");
      }
    }
    if (errors_.empty()) return std::nullopt;
    return Error{unknown_ ? Code::UnknownField : Code::ValidationFailed, {}, std::move(errors_)};
  }

 private:
  struct Frame {
    bool wanted;
    std::string prefix;  // of the declared names in here: "organization."
    std::vector<std::string> names;
  };

  bool push(Frame frame) {
    if (frames_.size() == max_depth) return malformed("", "DEPTH", "nested too deeply");
    frames_.push_back(std::move(frame));
    return true;
  }

  bool pop() {
    frames_.pop_back();
    member_ = nullptr;
    return true;
  }

  template <class T>
  bool scalar(JsonType type, T value) {
    if (frames_.empty() || member_ == nullptr || member_->type != type) return wrong_type();
    keep<T>(value);
    return true;
  }

  bool text(const std::string& value) {
    if (frames_.empty() || member_ == nullptr || member_->type != JsonType::String) return wrong_type();
    if (value.find('\0') != std::string::npos || has_noncharacter(value)) {
      report(pointer(), "CHARACTER_NOT_ALLOWED", "holds a character that is not text");
    } else if (count_code_points(value) > member_->max_code_points) {
      report(pointer(), "TOO_LONG", "must have at most " + std::to_string(member_->max_code_points) + " characters");
    } else {
      keep<std::string>(std::string_view(value));
      return true;
    }
    given_.push_back(member_);
    return true;
  }

  template <class T, class From>
  void keep(From value) {
    into_.emplace_back(std::piecewise_construct, std::forward_as_tuple(member_->name),
                       std::forward_as_tuple(std::in_place_type<T>, value));
    given_.push_back(member_);
  }

  // A value where another type was declared, or where nothing counts any more.
  bool wrong_type() {
    if (frames_.empty()) return malformed("", "NOT_AN_OBJECT", "the body must be one JSON object");
    if (member_ == nullptr) return true;
    report(pointer(), "TYPE", type_text(member_->type));
    given_.push_back(member_);
    member_ = nullptr;
    return true;
  }

  void unknown(const Frame& frame) {
    unknown_ = true;
    std::vector<std::string_view> candidates;
    for (const auto& member : members_) {
      const auto name = local_name(frame.prefix, member);
      if (!name.empty()) candidates.push_back(name);
    }
    const auto nearest = nearest_word(name_, candidates.data(), candidates.size());
    report(pointer(), "UNKNOWN_FIELD",
           nearest.empty() ? "is not known here" : "did you mean \"" + std::string(nearest) + "\"?");
  }

  // The declared name without the prefix of the object it is in; empty when it belongs elsewhere.
  static std::string_view local_name(std::string_view prefix, const Member& member) noexcept {
    if (!member.name.starts_with(prefix)) return {};
    const auto name = member.name.substr(prefix.size());
    return name.find('.') == std::string_view::npos ? name : std::string_view();
  }

  const Member* declared(std::string_view prefix, std::string_view name) const noexcept {
    const auto known = [&](const Member& member) { return !name.empty() && local_name(prefix, member) == name; };
    const auto at = std::find_if(members_.begin(), members_.end(), known);
    return at == members_.end() ? nullptr : at;
  }

  bool is_given(const Member& member) const { return std::find(given_.begin(), given_.end(), &member) != given_.end(); }

  // A member of an optional object is only missed when the object is there.
  bool parent_given(const Member& member) const {
    const auto dot = member.name.rfind('.');
    if (dot == std::string_view::npos) return true;
    const auto parent = member.name.substr(0, dot);
    return std::any_of(given_.begin(), given_.end(), [&](const Member* given) { return given->name == parent; });
  }

  static std::string pointer_of(std::string_view path) {
    std::string pointer("/");
    for (const char c : path) pointer.push_back(c == '.' ? '/' : c);
    return pointer;
  }

  std::string pointer() const {
    const auto& prefix = frames_.back().prefix;
    const auto path =
        prefix.empty() ? std::string() : pointer_of(std::string_view(prefix).substr(0, prefix.size() - 1));
    return pointer_to(path, name_);
  }

  void report(std::string pointer, std::string_view code, std::string_view detail) {
    if (errors_.size() < max_errors) errors_.push_back({std::move(pointer), std::string(code), std::string(detail)});
  }

  bool malformed(std::string pointer, std::string_view code, std::string_view detail) {
    if (!malformed_) malformed_ = FieldError{std::move(pointer), std::string(code), std::string(detail)};
    return false;
  }

  std::initializer_list<Member> members_;
  JsonValues& into_;
  std::vector<Frame> frames_;
  const Member* member_ = nullptr;  // what the next value is for; null: it does not count
  std::string name_;
  std::vector<const Member*> given_;
  std::vector<FieldError> errors_;
  std::optional<FieldError> malformed_;
  bool unknown_ = false;
};

Error syntax_error(std::string_view detail) {
  return Error{Code::MalformedJson, "SYNTAX", {FieldError{"", "SYNTAX", std::string(detail)}}};
}

}  // namespace

std::optional<Error> read_json(std::string_view text, std::initializer_list<Member> members, JsonValues& into) {
  into.reserve(members.size());
  Reader reader(members, into);
  if (!text.empty()) {
    // nlohmann skips the one and takes the other for the end of the text.
    if (text.starts_with("\xEF\xBB\xBF")) return syntax_error("the body begins with a byte order mark");
    if (text.find('\0') != std::string_view::npos) return syntax_error("the body holds a NUL");
    nlohmann::json::sax_parse(text.begin(), text.end(), &reader);
  }
  return reader.verdict();
}

}  // namespace gatehouse::http
