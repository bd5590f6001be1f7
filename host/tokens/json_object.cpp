// SPDX-License-Identifier: Apache-2.0
#include "tokens/json_object.h"

#include <cstddef>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

namespace gatehouse::tokens {
namespace {

constexpr std::size_t max_depth = 16;

// Called by the parser event by event; false ends the parse.
class Reader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  JsonObject take() { return std::move(object_); }

  bool null() override { return put(OtherJson{}); }
  bool boolean(bool) override { return put(OtherJson{}); }
  bool number_integer(number_integer_t value) override { return put(std::int64_t{value}); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max())) return put(OtherJson{});
    return put(static_cast<std::int64_t>(value));
  }
  bool number_float(number_float_t, const string_t&) override { return put(OtherJson{}); }
  bool string(string_t& value) override { return put(std::move(value)); }
  bool binary(binary_t&) override { return false; }

  bool start_object(std::size_t) override { return open(Level{}); }
  bool end_object() override { return close(); }
  bool key(string_t& name) override {
    if (name.find('\0') != std::string::npos) return false;
    auto& level = levels_.back();
    level.name = std::move(name);
    return level.names.insert(level.name).second;
  }
  bool start_array(std::size_t) override { return open(Level{{}, {}, TextList{}}); }
  bool end_array() override { return close(); }

  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  struct Level {
    // Of an object: what was seen, and the member whose value comes next.
    std::set<std::string> names;
    std::string name;
    // Of an array: its texts, as long as there was nothing else in it.
    JsonValue array = OtherJson{};
  };

  bool open(Level level) {
    // The text must be an object, so the first level is one.
    if (levels_.empty() && !std::holds_alternative<OtherJson>(level.array)) return false;
    if (levels_.size() == max_depth) return false;
    levels_.push_back(std::move(level));
    return true;
  }

  bool close() {
    auto value = std::move(levels_.back().array);
    levels_.pop_back();
    return levels_.empty() || put(std::move(value));
  }

  bool put(JsonValue value) {
    if (levels_.empty()) return false;
    auto& level = levels_.back();
    if (levels_.size() == 1) {
      object_.insert_or_assign(level.name, std::move(value));
    } else if (auto* const texts = std::get_if<TextList>(&level.array)) {
      if (auto* const text = std::get_if<std::string>(&value)) {
        texts->push_back(std::move(*text));
      } else {
        level.array = OtherJson{};
      }
    }
    return true;
  }

  std::vector<Level> levels_;
  JsonObject object_;
};

}  // namespace

std::optional<JsonObject> read_json_object(std::string_view text) {
  // The parser skips a BOM, and takes a NUL byte for the end of the text whatever follows.
  if (text.starts_with("\xEF\xBB\xBF") || text.find('\0') != std::string_view::npos) return std::nullopt;
  Reader reader;
  if (!nlohmann::json::sax_parse(text, &reader)) return std::nullopt;
  return reader.take();
}

}  // namespace gatehouse::tokens
