// SPDX-License-Identifier: Apache-2.0
#include "app/config_draft.h"

#include <algorithm>
#include <array>
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

// A name that another of the systems gave a setting, or that it had and Gatehouse has not (yet).
struct LegacyVariable {
  std::string_view name;
  std::string_view path;     // the setting it is a default of; empty: none
  std::string_view instead;  // what to write
};

constexpr std::string_view plugin_instead =
    "the plugin for it does not exist yet; name the plugins that do in [storage], [keys] and [mail]";
constexpr std::string_view vault_instead =
    "name a plugin with library = \"kms-vault\" in keys.provider; its settings are address and token";
constexpr std::string_view smtp_instead =
    "name a plugin with library = \"mail-smtp\" in mail.deliver_via; its settings are host, port, username and "
    "password";
constexpr std::string_view lockout_instead = "lockout does not exist yet; rate_limit.login limits attempts";

// HMAC_SECRETS and HMAC_SECRET are not here: they are a plugin's (config_plugins.cpp).
constexpr std::array<LegacyVariable, 17> legacy_variables = {{
    {"JWT_ACCESS_EXPIRES_IN", "tokens.access_ttl", {}},
    {"JWT_REFRESH_EXPIRES_IN", "sessions.idle_ttl", {}},
    {"DATABASE_URL", {}, plugin_instead},
    {"REDIS_URL", {}, plugin_instead},
    {"KMS_PROVIDER", {}, "name a plugin in keys.provider"},
    {"VAULT_ADDR", {}, vault_instead},
    {"VAULT_TOKEN", {}, vault_instead},
    {"MAIL_PROVIDER", {}, "name a plugin in mail.deliver_via"},
    {"SMTP_HOST", {}, smtp_instead},
    {"SMTP_PORT", {}, smtp_instead},
    {"SMTP_USER", {}, smtp_instead},
    {"SMTP_PASS", {}, smtp_instead},
    {"SMTP_FROM", "mail.from", {}},
    {"MAIL_QUEUE_KEY", {}, plugin_instead},
    {"MAIL_DIRECT", {}, plugin_instead},
    {"LOCKOUT_MAX_ATTEMPTS", {}, lockout_instead},
    {"LOCKOUT_DURATION_MINUTES", {}, lockout_instead},
}};

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
    if (name.starts_with(near_prefix)) read_variable(draft, name, value, inputs.kinds);
  }
}

void read_legacy_environment(ConfigDraft& draft, const ConfigInputs& inputs) {
  for (const auto& [name, path, instead] : legacy_variables) {
    const auto found = inputs.environment.find(std::string(name));
    if (found == inputs.environment.end()) continue;
    const auto from = from_variable(found->first);
    if (path.empty()) {
      draft.problems.add(problem::variable_without_effect, from.place, "this variable has no effect",
                         std::string(instead));
    } else if (const auto winner = draft.set.find(path); winner != draft.set.end()) {
      draft.problems.add(
          problem::variable_without_effect, from.place,
          "this variable has no effect: " + std::string(path) + " is set by " + winner->second.origin.text());
    } else {
      const auto& setting = *find_setting(path);
      draft.apply(setting, read_text(setting.rule, found->second), from);
    }
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
