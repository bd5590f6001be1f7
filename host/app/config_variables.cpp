// SPDX-License-Identifier: Apache-2.0
#include "app/config_variables.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace gatehouse::app {
namespace {

using Show = PluginVariable::Show;

// Of two that are the same setting the first counts.
constexpr std::array<PluginVariable, 10> table = {{
    {"DATABASE_URL", "store-postgres", "url", Show::Secret},
    {"REDIS_URL", "store-redis", "url", Show::Url},
    {"HMAC_SECRETS", "kms-local", "hmac_secrets", Show::Secret},
    {"HMAC_SECRET", "kms-local", "hmac_secrets", Show::Secret},
    {"VAULT_ADDR", "kms-vault", "address", Show::Plain},
    {"VAULT_TOKEN", "kms-vault", "token", Show::Secret},
    {"SMTP_HOST", "mail-smtp", "host", Show::Plain},
    {"SMTP_PORT", "mail-smtp", "port", Show::Plain},
    {"SMTP_USER", "mail-smtp", "username", Show::Plain},
    {"SMTP_PASS", "mail-smtp", "password", Show::Secret},
}};

constexpr std::string_view smtp_port = "SMTP_PORT";
constexpr std::string_view port_of_tls = "465";

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// RFC 3986: "%40" is "@".
std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool escape = text[at] == '%' && at + 2 < text.size() && digit(text[at + 1]) >= 0 && digit(text[at + 2]) >= 0;
    out.push_back(escape ? static_cast<char>(digit(text[at + 1]) * 16 + digit(text[at + 2])) : text[at]);
    if (escape) at += 2;
  }
  return out;
}

struct Url {
  std::string without_login;
  std::string user;
  std::string password;
};

// "scheme://user:password@rest"; what has no such part stays as it is.
Url without_login(const std::string& url) {
  const auto scheme = url.find("://");
  if (scheme == std::string::npos) return {url, {}, {}};
  const auto begin = scheme + 3;
  // A password may hold an "@" that nobody has escaped.
  const auto at = url.rfind('@', url.find('/', begin));
  if (at == std::string::npos || at < begin) return {url, {}, {}};
  const std::string_view login = std::string_view(url).substr(begin, at - begin);
  const auto colon = login.find(':');
  Url parts{url.substr(0, begin) + url.substr(at + 1), decoded(login.substr(0, colon)), {}};
  if (colon != std::string_view::npos) parts.password = decoded(login.substr(colon + 1));
  return parts;
}

std::string why_unused(const ConfigDraft& draft, const PluginVariable& variable, bool other_name_used) {
  if (other_name_used) return "the other name of the same setting is used";
  for (const auto& block : draft.config.plugins) {
    if (block.id != variable.plugin) continue;
    const auto set = std::find_if(block.settings.begin(), block.settings.end(),
                                  [&](const PluginSetting& setting) { return setting.key == variable.setting; });
    const std::string by = set == block.settings.end() ? "elsewhere" : "by " + set->origin.text();
    return "the setting " + std::string(variable.setting) + " of plugin " + in_quotes(block.name) + " is set " + by;
  }
  return "no plugin takes its " + std::string(variable.setting) + " from it";
}

std::string hint_of(const PluginVariable& variable) {
  if (variable.plugin == "kms-vault") return "KMS_PROVIDER=vault names kms-vault, which does";
  if (variable.plugin == "mail-smtp") return "MAIL_PROVIDER=smtp names mail-smtp, which does";
  return "a " + std::string(variable.plugin) + " plugin does, unless its " + std::string(variable.setting) + " is set";
}

}  // namespace

std::span<const PluginVariable> plugin_variables() noexcept { return table; }

std::string_view variable_of(std::string_view plugin, std::string_view setting) noexcept {
  const auto found = std::find_if(table.begin(), table.end(), [&](const PluginVariable& variable) {
    return variable.plugin == plugin && variable.setting == setting;
  });
  return found == table.end() ? std::string_view() : found->name;
}

std::string_view value_of(const ConfigInputs& inputs, std::string_view name) {
  const auto found = inputs.environment.find(std::string(name));
  return found == inputs.environment.end() ? std::string_view() : std::string_view(found->second);
}

std::string variable_of_block(std::string_view block, std::string_view setting) {
  std::string name(block_prefix);
  for (const char c : std::string(block) + "__" + std::string(setting)) {
    const bool letter = c >= 'a' && c <= 'z';
    name.push_back(letter ? static_cast<char>(c - 'a' + 'A') : c == '-' ? '_' : c);
  }
  return name;
}

void VariableReader::fill_first(PluginTable& table_of_plugin, const PluginBlock& block,
                                const std::vector<plugins::SettingInfo>& infos) {
  filled_.clear();
  for (const auto& info : infos) {
    auto name = variable_of_block(block.name, info.key);
    if (const std::string value(value_of(inputs_, name)); !value.empty()) {
      table_of_plugin.add_variable(info.key, name, value, info.secret);
      filled_.emplace_back(info.key, name);
    }
    known_.push_back(std::move(name));
  }
}

void VariableReader::fill_last(PluginTable& table_of_plugin, const PluginBlock& block) {
  for (const auto& variable : table) {
    const std::string value(value_of(inputs_, variable.name));
    if (variable.plugin != block.id || value.empty() || !table_of_plugin.takes(variable.setting)) continue;
    take(table_of_plugin, variable, value);
  }
}

void VariableReader::take(PluginTable& table_of_plugin, const PluginVariable& variable, const std::string& value) {
  used_.insert(variable.name);
  const std::string name(variable.name);
  const auto add = [&](std::string_view setting, const std::string& text, bool secret) {
    if (text.empty() || !table_of_plugin.takes(setting)) return;
    table_of_plugin.add_variable(setting, name, text, secret);
    filled_.emplace_back(setting, name);
  };
  if (variable.show == Show::Url) {
    const auto url = without_login(value);
    add(variable.setting, url.without_login, true);
    add("username", url.user, true);
    add("password", url.password, true);
    return;
  }
  add(variable.setting, value, variable.show == Show::Secret);
  // By custom 465 is TLS from the first byte; a server there never offers STARTTLS.
  if (variable.name == smtp_port && value == port_of_tls) add("tls", "tls", false);
}

bool VariableReader::gave(std::string_view setting) const {
  return std::any_of(filled_.begin(), filled_.end(), [&](const auto& entry) { return entry.first == setting; });
}

const std::string* VariableReader::refused_variable(const std::string& refusal) const {
  const auto found = std::find_if(filled_.begin(), filled_.end(), [&](const auto& entry) {
    return refusal.find(entry.first + ": ") != std::string::npos;
  });
  return found == filled_.end() ? nullptr : &found->second;
}

void VariableReader::report_unknown() const {
  // A plugin that could not be read may have the setting.
  if (draft_.problems.has_errors()) return;
  const std::vector<std::string_view> known(known_.begin(), known_.end());
  for (const auto& [name, value] : inputs_.environment) {
    if (!name.starts_with(block_prefix) || contains(known_, name)) continue;
    draft_.problems.add(problem::unknown_variable, Place{"environment " + name, {}},
                        "no plugin of this configuration has this setting", did_you_mean(name, known));
  }
}

void VariableReader::report_unused() const {
  report_unknown();
  for (const auto& variable : table) {
    if (used_.contains(variable.name) || value_of(inputs_, variable.name).empty()) continue;
    const bool other_name = std::any_of(table.begin(), table.end(), [&](const PluginVariable& other) {
      return other.name != variable.name && other.plugin == variable.plugin && other.setting == variable.setting &&
             used_.contains(other.name);
    });
    draft_.problems.add(problem::variable_without_effect, Place{"environment " + std::string(variable.name), {}},
                        "this variable has no effect: " + why_unused(draft_, variable, other_name),
                        other_name ? "" : hint_of(variable));
  }
}

}  // namespace gatehouse::app
