// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/plugin.h>
#include <gatehouse/sdk/status.hpp>
#include <gatehouse/sdk/view.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::sdk {

// One line of a plugin's settings table:
//   Setting::duration("timeout", "How long one command may take.").by_default("500ms")
// The texts are string literals. The host checks keys, types, `required` and `one_of` before the plugin sees anything.
struct Setting : gh_setting {
  static constexpr Setting text(const char* key, const char* summary) { return make(key, summary, GH_SETTING_TEXT); }
  static constexpr Setting integer(const char* key, const char* summary) { return make(key, summary, GH_SETTING_INT); }
  static constexpr Setting boolean(const char* key, const char* summary) { return make(key, summary, GH_SETTING_BOOL); }
  static constexpr Setting duration(const char* key, const char* summary) {
    return make(key, summary, GH_SETTING_DURATION);
  }
  static constexpr Setting size(const char* key, const char* summary) { return make(key, summary, GH_SETTING_SIZE); }
  static constexpr Setting path(const char* key, const char* summary) { return make(key, summary, GH_SETTING_PATH); }
  static constexpr Setting text_list(const char* key, const char* summary) {
    return make(key, summary, GH_SETTING_TEXT_LIST);
  }

  // As the operator would write it, without quotes.
  constexpr Setting by_default(const char* value) const {
    Setting copy = *this;
    copy.default_value = value;
    return copy;
  }
  // Comma-separated, for a text.
  constexpr Setting one_of(const char* values) const {
    Setting copy = *this;
    copy.allowed = values;
    return copy;
  }
  constexpr Setting required() const { return with(GH_SETTING_REQUIRED); }
  // Written as { env = ".." } or { file = ".." }; never logged, never shown.
  constexpr Setting secret() const { return with(GH_SETTING_SECRET); }
  // Of a path: a file for the server's user alone; the host refuses one that is there and that others can read or
  // write.
  constexpr Setting private_file() const { return with(GH_SETTING_PRIVATE); }

 private:
  static constexpr Setting make(const char* key, const char* summary, std::uint32_t type) {
    Setting made{};
    made.key = key;
    made.summary = summary;
    made.type = type;
    return made;
  }
  constexpr Setting with(std::uint32_t flag) const {
    Setting copy = *this;
    copy.flags |= flag;
    return copy;
  }
};

// Thrown by a plugin's constructor: the setting cannot be right. Becomes GH_INVALID with "<key>: <sentence>".
class InvalidSetting : public StatusError {
 public:
  InvalidSetting(std::string_view key, std::string_view sentence)
      : StatusError(GH_INVALID, std::string(key) + ": " + std::string(sentence)) {}
};

// The operator's settings, checked and with defaults filled in. Borrowed: valid inside the constructor only, so keep
// copies of what is needed (and of secrets no more than that).
// Asking for a setting that has no value, or for one of another type, throws InvalidSetting.
class Config {
 public:
  Config(const gh_config_entry* entries, std::uint64_t count, std::uint64_t stride) noexcept
      : entries_(entries, count, stride) {}

  bool has(std::string_view key) const noexcept { return find(key) != nullptr; }

  std::string_view text(std::string_view key) const { return view(need(key, GH_TEXT, "a text").s); }
  std::string_view text_or(std::string_view key, std::string_view fallback) const {
    return has(key) ? text(key) : fallback;
  }
  std::int64_t integer(std::string_view key) const { return need(key, GH_INT, "a number").i; }
  bool boolean(std::string_view key) const { return need(key, GH_BOOL, "true or false").i != 0; }
  std::chrono::microseconds duration(std::string_view key) const {
    return std::chrono::microseconds(need(key, GH_INT, "a duration").i);
  }
  std::uint64_t size(std::string_view key) const { return static_cast<std::uint64_t>(need(key, GH_INT, "a size").i); }
  std::vector<std::string_view> text_list(std::string_view key) const {
    std::vector<std::string_view> list;
    for (const gh_config_entry& entry : entries_) {
      if (view(entry.key) == key && entry.value.type == GH_TEXT) list.push_back(view(entry.value.s));
    }
    return list;
  }

 private:
  const gh_value* find(std::string_view key) const noexcept {
    for (const gh_config_entry& entry : entries_) {
      if (view(entry.key) == key) return &entry.value;
    }
    return nullptr;
  }
  const gh_value& need(std::string_view key, std::uint32_t type, const char* expected) const {
    const gh_value* value = find(key);
    if (value == nullptr) throw InvalidSetting(key, "is not set");
    if (value->type != type) throw InvalidSetting(key, std::string("is not ") + expected);
    return *value;
  }

  Strided<gh_config_entry> entries_;
};

}  // namespace gatehouse::sdk
