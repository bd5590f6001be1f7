// SPDX-License-Identifier: Apache-2.0
#include "app/config_draft.h"
#include "app/config_variables.h"

#include <algorithm>
#include <utility>

namespace gatehouse::app {
namespace {

constexpr std::string_view prefix = "GATEHOUSE__";
constexpr std::string_view near_prefix = "GATEHOUSE_";

std::string variable_for(std::string_view path) {
  std::string name(prefix);
  for (const char c : path) {
    if (c == '.') {
      name += "__";
    } else {
      name.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    }
  }
  return name;
}

// What follows GATEHOUSE, with every run of underscores as one: how far the beginning agrees says nothing.
std::string own_part(std::string_view name) {
  name.remove_prefix(std::min(near_prefix.size(), name.size()));
  std::string text;
  for (const char c : name) {
    if (c != '_' || (!text.empty() && text.back() != '_')) text.push_back(c);
  }
  return text;
}

std::string hint_for(const std::string& name, const std::vector<std::string>& known) {
  std::vector<std::string> parts;
  for (const auto& variable : known) parts.push_back(own_part(variable));
  const std::vector<std::string_view> candidates(parts.begin(), parts.end());
  const auto near = nearest(own_part(name), candidates);
  const auto found = std::find(candidates.begin(), candidates.end(), near);
  if (near.empty() || found == candidates.end()) return "the variable of server.listen is GATEHOUSE__SERVER__LISTEN";
  return "did you mean " + in_quotes(known[static_cast<std::size_t>(found - candidates.begin())]) + "?";
}

Provenance from_variable(const std::string& name) {
  return {{Origin::Source::Environment, name, 0}, {"environment " + name, {}}, {}};
}

void read_variable(ConfigDraft& draft, const std::string& name, const std::string& value,
                   const std::vector<std::string>& kinds) {
  std::vector<std::string> names;
  for (const auto& setting : settings()) {
    names.push_back(variable_for(setting.path));
    if (names.back() == name) return draft.apply(setting, read_text(setting.rule, value), from_variable(name));
  }
  for (const auto& kind : kinds) {
    names.push_back(variable_for(chain_path(kind)));
    if (names.back() == name) {
      return draft.apply_chain(kind + "s", kind, read_text(storage_chain_rule, value), from_variable(name));
    }
  }
  draft.problems.add(problem::unknown_variable, Place{"environment " + name, {}}, "no setting has this variable",
                     hint_for(name, names));
}

}  // namespace

void read_environment(ConfigDraft& draft, const ConfigInputs& inputs) {
  for (const auto& [name, value] : inputs.environment) {
    // A plugin's settings are known once its file was read.
    if (name.starts_with(block_prefix)) continue;
    if (name.starts_with(near_prefix)) read_variable(draft, name, value, inputs.kinds);
  }
}

void read_flags(ConfigDraft& draft, const ConfigInputs& inputs) {
  for (const auto& [flag, path, value] : inputs.flags) {
    const auto* setting = find_setting(path);
    if (setting == nullptr) continue;
    const auto before = draft.set.find(path);
    if (path == "mode" && before != draft.set.end() && value == "dev" && draft.config.mode == Mode::Production &&
        draft.sound({"mode"})) {
      // Silently, a word left over on a command line would open a production server.
      draft.problems.add(problem::contradiction, before->second.place, flag + " contradicts mode = \"production\"",
                         "remove one of them");
      continue;
    }
    draft.apply(*setting, read_text(setting->rule, value), {{Origin::Source::Flag, flag, 0}, {flag, {}}, {}});
  }
}

}  // namespace gatehouse::app
