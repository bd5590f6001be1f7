// SPDX-License-Identifier: Apache-2.0
#include "app/config_plugin_table.h"

#include <algorithm>
#include <limits>
#include <variant>

namespace gatehouse::app {
namespace {

using plugins::SettingType;

// Numbers and flags have no quotes in the file.
std::optional<ValueRule> rule_without_quotes(SettingType type) {
  if (type == SettingType::Bool) return ValueRule{.kind = ValueKind::Boolean};
  if (type != SettingType::Int) return std::nullopt;
  return ValueRule{.kind = ValueKind::Integer, .least = std::numeric_limits<std::int64_t>::min()};
}

}  // namespace

bool PluginTable::takes(std::string_view key) const {
  const bool known = std::any_of(infos_.begin(), infos_.end(), [&](const auto& info) { return info.key == key; });
  return known && !has(key) && !is_written(key) && !contains(doubtful_, key);
}

void PluginTable::add_variable(std::string_view key, const std::string& name, const std::string& text, bool secret) {
  auto info = info_of(key);
  info.secret = info.secret || secret;
  if (info.type != SettingType::TextList || info.secret) return add_element(info, name, text);
  for (const auto element : split_choices(text)) add_element(info, name, std::string(element));
}

void PluginTable::add_element(const plugins::SettingInfo& info, const std::string& name, const std::string& text) {
  const Place place{"environment " + name, {}};
  plugins::SettingValue written = text;
  if (const auto rule = rule_without_quotes(info.type)) {
    const auto read = read_text(*rule, text);
    if (!read && info.secret) {
      return add(*read.error().kind, place, about(info.key) + "expected " + describe_rule(*rule));
    }
    if (!read) return add(*read.error().kind, place, about(info.key) + read.error().message);
    if (const auto* number = std::get_if<std::int64_t>(&*read)) written = *number;
    if (const auto* flag = std::get_if<bool>(&*read)) written = *flag;
  }
  auto checked = plugins::check_setting(info, written);
  if (const auto* wrong = std::get_if<plugins::SettingProblem>(&checked)) {
    return add(problem::malformed, place, about(info.key) + wrong->sentence);
  }
  const Origin origin{Origin::Source::Environment, name, 0};
  if (info.secret) return add_secret(info.key, text, origin);
  auto as_in_the_file = std::holds_alternative<std::string>(written) ? in_quotes(text) : text;
  block_.settings.push_back(
      {info.key, std::get<plugins::SettingValue>(std::move(checked)), {}, false, origin, std::move(as_in_the_file)});
}

}  // namespace gatehouse::app
