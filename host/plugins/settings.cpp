// SPDX-License-Identifier: Apache-2.0
#include "plugins/settings.h"

#include "base/units.h"

#include <gatehouse/plugin.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <iterator>

namespace gatehouse::plugins {
namespace {

std::string in_quotes(std::string_view text) { return std::string(1, '"').append(text).append(1, '"'); }

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> parts;
  while (!list.empty()) {
    const auto comma = list.find(',');
    auto part = list.substr(0, comma);
    part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
    parts.emplace_back(part.substr(0, part.find_last_not_of(' ') + 1));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return parts;
}

std::string got(const SettingInfo& setting, const SettingValue& written) {
  if (setting.secret) return "something else";
  if (const auto* flag = std::get_if<bool>(&written)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<std::int64_t>(&written)) return "the integer " + std::to_string(*number);
  const auto& text = std::get<std::string>(written);
  // Put into the wrong setting: "scheme://user:password@host".
  const bool may_hold_login = text.find("://") != std::string::npos && text.find('@') != std::string::npos;
  return may_hold_login ? "a URL with a login" : in_quotes(text);
}

SettingProblem problem(const SettingInfo& setting, const SettingValue& written, std::string expected) {
  return {"expected " + std::move(expected) + ", got " + got(setting, written)};
}

std::string one_of(const std::vector<std::string>& allowed) {
  std::string words = "one of ";
  for (std::size_t i = 0; i < allowed.size(); ++i) words.append(i == 0 ? "" : ", ").append(in_quotes(allowed[i]));
  return words;
}

std::variant<SettingValue, SettingProblem> check_text(const SettingInfo& setting, const SettingValue& written) {
  const auto* text = std::get_if<std::string>(&written);
  if (text == nullptr) return problem(setting, written, "a text in quotes");
  const auto& allowed = setting.allowed;
  if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), *text) == allowed.end()) {
    return problem(setting, written, one_of(allowed));
  }
  if (setting.type == SettingType::Path && text->empty()) return problem(setting, written, "a path");
  return SettingValue(*text);
}

// A default is a text even where the operator writes a bare number or true.
SettingValue from_default(SettingType type, const std::string& text) {
  if (type == SettingType::Bool && (text == "true" || text == "false")) return text == "true";
  if (type == SettingType::Int) {
    std::int64_t number = 0;
    const auto* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (parsed.ec == std::errc{} && parsed.ptr == end) return number;
  }
  return text;
}

}  // namespace

std::string_view setting_type_name(SettingType type) noexcept {
  switch (type) {
    case SettingType::Text: return "text";
    case SettingType::Int: return "integer";
    case SettingType::Bool: return "true or false";
    case SettingType::Duration: return "duration";
    case SettingType::Size: return "size";
    case SettingType::Path: return "path";
    case SettingType::TextList: return "list of texts";
  }
  return "unknown";
}

std::vector<SettingInfo> settings_of(const gh_plugin& entry) {
  std::vector<SettingInfo> settings;
  for (std::uint32_t i = 0; i < entry.setting_count; ++i) {
    const auto& each = *reinterpret_cast<const gh_setting*>(reinterpret_cast<const std::byte*>(entry.settings) +
                                                            std::size_t{i} * entry.setting_stride);
    SettingInfo info;
    info.key = each.key;
    info.type = static_cast<SettingType>(each.type - GH_SETTING_TEXT);
    info.required = (each.flags & GH_SETTING_REQUIRED) != 0;
    info.secret = (each.flags & GH_SETTING_SECRET) != 0;
    info.private_file = (each.flags & GH_SETTING_PRIVATE) != 0;
    if (each.default_value != nullptr) info.default_value = each.default_value;
    if (each.allowed != nullptr) info.allowed = split(each.allowed);
    info.summary = each.summary;
    settings.push_back(std::move(info));
  }
  return settings;
}

std::variant<SettingValue, SettingProblem> check_setting(const SettingInfo& setting, const SettingValue& written) {
  const auto* text = std::get_if<std::string>(&written);
  switch (setting.type) {
    case SettingType::Text:
    case SettingType::Path:
    case SettingType::TextList: return check_text(setting, written);
    case SettingType::Int:
      if (!std::holds_alternative<std::int64_t>(written)) return problem(setting, written, "an integer");
      return written;
    case SettingType::Bool:
      if (!std::holds_alternative<bool>(written)) return problem(setting, written, "true or false");
      return written;
    case SettingType::Duration:
      if (const auto duration = text == nullptr ? std::nullopt : parse_duration(*text)) {
        return SettingValue(std::int64_t{duration->count()});
      }
      return problem(setting, written, "a duration such as \"150ms\"");
    case SettingType::Size:
      if (const auto size = text == nullptr ? std::nullopt : parse_size(*text)) {
        return SettingValue(static_cast<std::int64_t>(*size));
      }
      return problem(setting, written, "a size such as \"64MiB\"");
  }
  return problem(setting, written, "another type");
}

std::variant<std::vector<SettingValue>, SettingProblem> default_of(const SettingInfo& setting) {
  std::vector<SettingValue> values;
  if (!setting.default_value) return values;
  const bool list = setting.type == SettingType::TextList;
  for (const auto& text : list ? split(*setting.default_value) : std::vector{*setting.default_value}) {
    auto checked = check_setting(setting, from_default(setting.type, text));
    if (auto* wrong = std::get_if<SettingProblem>(&checked)) return std::move(*wrong);
    values.push_back(std::get<SettingValue>(std::move(checked)));
  }
  return values;
}

std::vector<ConfigEntry> complete_settings(const std::vector<SettingInfo>& settings, std::vector<ConfigEntry> entries,
                                           const std::filesystem::path& state_dir) {
  for (const auto& setting : settings) {
    const bool there = std::any_of(entries.begin(), entries.end(), [&](const auto& e) { return e.key == setting.key; });
    if (there) continue;
    auto defaults = default_of(setting);
    if (auto* values = std::get_if<std::vector<SettingValue>>(&defaults)) {
      for (auto& value : *values) entries.push_back({setting.key, std::move(value)});
    }
  }
  for (const auto& setting : settings) {
    if (setting.type != SettingType::Path) continue;
    for (auto& entry : entries) {
      auto* path = entry.key == setting.key ? std::get_if<std::string>(&entry.value) : nullptr;
      if (path != nullptr) *path = (state_dir / *path).lexically_normal().string();
    }
  }
  return entries;
}

}  // namespace gatehouse::plugins
