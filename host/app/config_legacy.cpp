// SPDX-License-Identifier: Apache-2.0
#include "app/config_draft.h"
#include "app/config_variables.h"

#include <algorithm>
#include <array>
#include <utility>

namespace gatehouse::app {
namespace {

Provenance from_variable(std::string_view name) {
  return {{Origin::Source::Environment, std::string(name), 0}, {"environment " + std::string(name), {}}, {}};
}

// A name that another of the systems gave a setting of ours, or that it had and Gatehouse has not (yet).
struct LegacyVariable {
  std::string_view name;
  std::string_view path;       // the setting it is a default of; empty: none
  std::string_view why;        // it has no effect
  std::string_view unit = {};  // that its name says and its value leaves out
};

constexpr std::array<LegacyVariable, 7> legacy_variables = {{
    {"JWT_ACCESS_EXPIRES_IN", "tokens.access_ttl", {}},
    {"JWT_REFRESH_EXPIRES_IN", "sessions.idle_ttl", {}},
    {"SMTP_FROM", "mail.from", {}},
    {"MAIL_QUEUE_KEY",
     {},
     "mails do not wait in a list of their own, but in the store, committed with what caused them; storage.mail_jobs "
     "says "
     "in which"},
    {"MAIL_DIRECT",
     {},
     "every mail is handed over at once when its cause is committed, and waits only where that fails"},
    {"LOCKOUT_MAX_ATTEMPTS", "lockout.max_attempts", {}},
    {"LOCKOUT_DURATION_MINUTES", "lockout.duration", {}, "m"},
}};

// What a variable that chooses among plugins may say.
struct Choice {
  std::string_view variable;
  std::string_view path;
  std::string_view value;
  std::string_view plugin;
};
constexpr std::array<Choice, 4> plugin_choices = {{
    {"KMS_PROVIDER", "keys.provider", "local", "kms-local"},
    {"KMS_PROVIDER", "keys.provider", "vault", "kms-vault"},
    {"MAIL_PROVIDER", "mail.deliver_via", "smtp", "mail-smtp"},
    {"MAIL_PROVIDER", "mail.deliver_via", "outbox", "mail-outbox"},
}};

// The plugins that come with the server: whoever names one in the environment need not write a block for it.
constexpr std::array<std::string_view, 7> own_plugins = {"store-memory", "store-postgres", "store-redis", "kms-local",
                                                         "kms-vault",    "mail-outbox",    "mail-smtp"};
// A whole dialogue with a mail server that lets strangers wait.
constexpr seconds mail_patience{60};

// Reads the old names as defaults: what a flag, a GATEHOUSE__ variable or the file says stays.
class LegacyReader {
 public:
  LegacyReader(ConfigDraft& draft, const ConfigInputs& inputs) : draft_(draft), inputs_(inputs) {}

  void read() {
    for (const auto& variable : legacy_variables) read_setting(variable);
    name_stores();
    name_keys();
    for (const std::string_view name : {"KMS_PROVIDER", "MAIL_PROVIDER"}) read_choice(name);
    add_blocks();
  }

 private:
  static bool is_whole_number(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  }

  bool has(std::string_view name) const { return !value_of(inputs_, name).empty(); }

  void report(std::string_view name, const std::string& why, std::string hint = {}) {
    draft_.problems.add(problem::variable_without_effect, from_variable(name).place,
                        "this variable has no effect: " + why, std::move(hint));
  }

  void read_setting(const LegacyVariable& variable) {
    if (!has(variable.name)) return;
    if (variable.path.empty()) return report(variable.name, std::string(variable.why));
    if (is_set_elsewhere(variable.name, variable.path)) return;
    const auto& setting = *find_setting(variable.path);
    if (!variable.unit.empty() && !is_whole_number(value_of(inputs_, variable.name))) {
      return draft_.apply(
          setting,
          fault(problem::malformed, "expected a whole number without a unit, such as \"15\": the name says minutes"),
          from_variable(variable.name));
    }
    const auto text = std::string(value_of(inputs_, variable.name)).append(variable.unit);
    draft_.apply(setting, read_text(setting.rule, text), from_variable(variable.name));
  }

  bool is_set_elsewhere(std::string_view name, std::string_view path) {
    const auto winner = draft_.set.find(path);
    if (winner == draft_.set.end()) return false;
    report(name, std::string(path) + " is set by " + winner->second.origin.text());
    return true;
  }

  // Unless somebody has named others. Whether the variable's value is of use all the same is seen when the plugins
  // are known.
  void name_plugins(std::string_view path, std::vector<std::string> plugins, std::string_view variable) {
    if (draft_.is_set(path)) return;
    const auto& setting = *find_setting(path);
    auto value = setting.rule.kind == ValueKind::TextList ? SettingValue{std::move(plugins)}
                                                          : SettingValue{std::move(plugins.front())};
    draft_.apply(setting, accepted(std::move(value)), from_variable(variable));
  }

  // Sessions and counters in the quick store; behind it whoever has everything else, and each server's own counters.
  void name_stores() {
    if (has("DATABASE_URL")) name_plugins("storage.default", {"store-postgres"}, "DATABASE_URL");
    if (has("REDIS_URL")) {
      name_sessions();
      name_plugins("rate_limit.limiter", {"store-redis", "store-memory"}, "REDIS_URL");
    } else if (has("DATABASE_URL")) {
      name_plugins("rate_limit.limiter", {"store-memory"}, "DATABASE_URL");
    }
  }

  void name_sessions() {
    const std::string kind = "session";
    if (draft_.is_set(chain_path(kind)) || !contains(inputs_.kinds, kind)) return;
    std::vector<std::string> chain = {"store-redis"};
    for (const auto& plugin : draft_.config.storage.chain) {
      if (!contains(chain, plugin)) chain.push_back(plugin);
    }
    draft_.apply_chain(kind + "s", kind, accepted(std::move(chain)), from_variable("REDIS_URL"));
    warn_of_a_move();
  }

  // Who set the variable for something else, and has all records in the store of the file, would lose every session.
  void warn_of_a_move() {
    const auto named = draft_.set.find("storage.default");
    if (named == draft_.set.end() || named->second.origin.source == Origin::Source::Environment) return;
    draft_.problems.add(problem::moved_by_variable, from_variable("REDIS_URL").place,
                        "this variable moves sessions to store-redis, although storage.default is set by " +
                            named->second.origin.text(),
                        "write storage.sessions to say where they are, or unset the variable");
  }

  void name_keys() {
    if (has("KMS_PROVIDER")) return;
    for (const std::string_view name : {"HMAC_SECRETS", "HMAC_SECRET"}) {
      if (has(name)) name_plugins("keys.provider", {"kms-local"}, name);
    }
  }

  void read_choice(std::string_view variable) {
    if (!has(variable)) return;
    const auto value = value_of(inputs_, variable);
    std::string allowed;
    for (const auto& choice : plugin_choices) {
      if (choice.variable != variable) continue;
      if (choice.value == value || choice.plugin == value) {
        if (!is_set_elsewhere(variable, choice.path)) {
          name_plugins(choice.path, {std::string(choice.plugin)}, variable);
        }
        return;
      }
      allowed += (allowed.empty() ? "" : ", ") + std::string(choice.value);
    }
    const auto path = variable == "KMS_PROVIDER" ? "keys.provider" : "mail.deliver_via";
    draft_.problems.add(problem::not_allowed, from_variable(variable).place,
                        "expected one of " + allowed + ", got " + shown(value),
                        "any other plugin is named in a file, in " + std::string(path));
    draft_.doubt(path);
  }

  // Who named the plugin in the environment; null: nobody.
  const Provenance* named_by(std::string_view plugin) const {
    const auto& config = draft_.config;
    const auto find = [&](const std::string& path, bool names) -> const Provenance* {
      const auto found = draft_.set.find(path);
      const bool environment = found != draft_.set.end() && found->second.origin.source == Origin::Source::Environment;
      return names && environment ? &found->second : nullptr;
    };
    if (const auto* from = find("storage.default", contains(config.storage.chain, plugin))) return from;
    for (const auto& [kind, chain] : config.storage.by_kind) {
      if (const auto* from = find(chain_path(kind), contains(chain, plugin))) return from;
    }
    if (const auto* from = find("rate_limit.limiter", contains(config.rate_limit.limiter, plugin))) return from;
    if (const auto* from = find("keys.provider", config.keys.provider == plugin)) return from;
    return find("mail.deliver_via", contains(config.mail.deliver_via, plugin));
  }

  void add_blocks() {
    for (const auto plugin : own_plugins) {
      const auto* from = named_by(plugin);
      if (from == nullptr || draft_.config.plugin(plugin) != nullptr || draft_.broken_blocks) continue;
      PluginBlock block;
      block.name = plugin;
      block.library = plugin;
      block.origin = from->origin;
      if (plugin == "mail-smtp") block.call_timeout = mail_patience;
      draft_.config.plugins.push_back(std::move(block));
      draft_.blocks.push_back({.place = from->place});
    }
  }

  ConfigDraft& draft_;
  const ConfigInputs& inputs_;
};

}  // namespace

void read_legacy_environment(ConfigDraft& draft, const ConfigInputs& inputs) { LegacyReader(draft, inputs).read(); }

bool names_plugins(const std::map<std::string, std::string>& environment) {
  constexpr std::array<std::string_view, 8> names = {
      "DATABASE_URL", "REDIS_URL",     "HMAC_SECRETS",    "HMAC_SECRET",
      "KMS_PROVIDER", "MAIL_PROVIDER", "GATEHOUSE__MODE", "GATEHOUSE__STORAGE__DEFAULT"};
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
    const auto found = environment.find(std::string(name));
    return found != environment.end() && !found->second.empty();
  });
}

}  // namespace gatehouse::app
