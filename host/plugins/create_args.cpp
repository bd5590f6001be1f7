// SPDX-License-Identifier: Apache-2.0
#include "plugins/create_args.h"

#include "base/encoding.h"
#include "base/secret.h"
#include "plugins/load_error.h"

#include <algorithm>

namespace gatehouse::plugins {
namespace {

gh_slice slice(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

gh_value to_value(const SettingValue& value) {
  gh_value raw{GH_NULL, 0, 0, {nullptr, 0}};
  if (const auto* flag = std::get_if<bool>(&value)) {
    raw.type = GH_BOOL;
    raw.i = *flag ? 1 : 0;
  } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
    raw.type = GH_INT;
    raw.i = *number;
  } else {
    raw.type = GH_TEXT;
    raw.s = slice(std::get<std::string>(value));
  }
  return raw;
}

bool fits(SettingType type, const SettingValue& value) {
  switch (type) {
    case SettingType::Bool: return std::holds_alternative<bool>(value);
    case SettingType::Int:
    case SettingType::Duration:
    case SettingType::Size: return std::holds_alternative<std::int64_t>(value);
    default: return std::holds_alternative<std::string>(value);
  }
}

void check_keys(const std::vector<SettingInfo>& known, const std::vector<ConfigEntry>& entries,
                const std::string& who) {
  for (const auto& entry : entries) {
    const auto at = std::find_if(known.begin(), known.end(), [&](const auto& info) { return info.key == entry.key; });
    if (at == known.end()) {
      std::vector<std::string_view> keys;
      for (const auto& info : known) keys.push_back(info.key);
      const auto near = nearest_word(entry.key, keys.data(), keys.size());
      throw LoadError(who + " has no setting " + entry.key +
                      (near.empty() ? std::string() : "; did you mean " + std::string(near) + "?"));
    }
    if (!fits(at->type, entry.value)) {
      throw LoadError(who + ": " + entry.key + " must be a value of type " + std::string(setting_type_name(at->type)));
    }
  }
  for (const auto& info : known) {
    const bool there = std::any_of(entries.begin(), entries.end(), [&](const auto& e) { return e.key == info.key; });
    if (info.required && !there) throw LoadError(who + ": the setting " + info.key + " is required: " + info.summary);
  }
}

}  // namespace

CreateArgs::CreateArgs(const gh_plugin& entry, const std::string& instance, const std::string& state_dir,
                       std::vector<ConfigEntry> settings)
    : instance_(instance), state_dir_(state_dir) {
  const auto known = settings_of(entry);
  check_keys(known, settings, "plugin " + instance + " (" + entry.id + " " + entry.version + ")");
  settings_ = complete_settings(known, std::move(settings), state_dir);
  for (const auto& setting : settings_) raw_.push_back({slice(setting.key), to_value(setting.value)});
}

CreateArgs::~CreateArgs() {
  for (auto& setting : settings_) {
    if (auto* text = std::get_if<std::string>(&setting.value)) wipe(text->data(), text->size());
  }
}

gh_create_args CreateArgs::raw(const gh_host& host, std::uint32_t flags) const noexcept {
  return {sizeof(gh_create_args), flags,       &host,       slice(instance_),
          slice(state_dir_),      raw_.data(), raw_.size(), sizeof(gh_config_entry)};
}

}  // namespace gatehouse::plugins
