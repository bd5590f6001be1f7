// SPDX-License-Identifier: Apache-2.0
#include "app/config_draft.h"

#include "base/units.h"

#include <gatehouse/kms.h>
#include <gatehouse/mail_transport.h>
#include <gatehouse/rate_limiter.h>
#include <gatehouse/store.h>

#include <algorithm>
#include <array>
#include <utility>

namespace gatehouse::app {
namespace {

// Ids of plugins that only fit a developer's machine.
constexpr std::string_view ephemeral_store = "store-memory";
constexpr std::string_view outbox = "mail-outbox";

std::string format(seconds duration) { return format_duration(duration); }

void check_listeners(ConfigDraft& draft) {
  const auto& server = draft.config.server;
  if (!draft.sound({"server.listen", "server.management"})) return;
  if (server.listen == server.management && !server.listen.ends_with(":0")) {
    draft.problems.add(problem::contradiction,
                       draft.place_of(draft.is_set("server.management") ? "server.management" : "server.listen"),
                       "server.listen and server.management are the same address: " + in_quotes(server.listen),
                       "give the management listener a port of its own");
  }
}

void check_base_paths(ConfigDraft& draft) {
  const auto& paths = draft.config.server.base_paths;
  if (!draft.sound({"server.base_paths"})) return;
  if (paths.empty()) {
    draft.problems.add(problem::missing, draft.place_of("server.base_paths"),
                       "server.base_paths: the API needs at least one path", "write base_paths = [\"/auth\"]");
  }
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (std::find(paths.begin(), paths.begin() + static_cast<std::ptrdiff_t>(i), paths[i]) ==
        paths.begin() + static_cast<std::ptrdiff_t>(i)) {
      continue;
    }
    draft.problems.add(problem::contradiction, draft.place_of("server.base_paths", i),
                       "server.base_paths: " + in_quotes(paths[i]) + " is there twice");
  }
}

// `shorter` must not be longer than `longer`.
void check_order(ConfigDraft& draft, std::string_view shorter, seconds a, std::string_view longer, seconds b) {
  if (!draft.sound({shorter, longer}) || a <= b) return;
  const auto other = draft.set.find(longer);
  const auto where = other == draft.set.end() ? std::string("default") : other->second.origin.text();
  draft.problems.add(problem::contradiction, draft.place_of(draft.is_set(shorter) ? shorter : longer),
                     std::string(shorter) + " is longer than " + std::string(longer) + ": " + format(a) + " and " +
                         format(b) + " (" + where + ")");
}

void check_lifetimes(ConfigDraft& draft) {
  const auto& sessions = draft.config.sessions;
  check_order(draft, "tokens.access_ttl", draft.config.tokens.access_ttl, "sessions.idle_ttl", sessions.idle_ttl);
  check_order(draft, "sessions.idle_ttl", sessions.idle_ttl, "sessions.absolute_ttl", sessions.absolute_ttl);
  check_order(draft, "sessions.remember_idle_ttl", sessions.remember_idle_ttl, "sessions.remember_absolute_ttl",
              sessions.remember_absolute_ttl);
}

// The OWASP cheat sheet's equivalent minima for Argon2id: less memory needs more passes.
bool is_strong_enough(const HashSettings& hash) {
  struct Minimum {
    std::uint64_t mib;
    std::uint32_t passes;
  };
  constexpr std::array<Minimum, 5> minima = {{{46, 1}, {19, 2}, {12, 3}, {9, 4}, {7, 5}}};
  return std::any_of(minima.begin(), minima.end(), [&](const Minimum& least) {
    return hash.memory >= least.mib * 1024 * 1024 && hash.passes >= least.passes;
  });
}

void check_hash(ConfigDraft& draft) {
  const auto& hash = draft.config.passwords.hash;
  if (!draft.sound({"passwords.hash.memory", "passwords.hash.passes", "passwords.hash.lanes"})) return;
  const auto place = draft.place_of(draft.is_set("passwords.hash.memory")  ? "passwords.hash.memory"
                                    : draft.is_set("passwords.hash.lanes") ? "passwords.hash.lanes"
                                                                           : "passwords.hash.passes");
  const auto least = std::uint64_t{8} * 1024 * hash.lanes;
  if (hash.memory < least) {
    draft.problems.add(problem::contradiction, place,
                       "passwords.hash.memory: " + std::to_string(hash.lanes) + " lanes need at least " +
                           in_quotes(format_size(least)));
  } else if (!is_strong_enough(hash)) {
    draft.problems.add(problem::weak_hash, place, "these hash parameters are below what OWASP recommends as the least",
                       "at least memory = \"19MiB\" with passes = 2");
  }
}

void check_lockout(ConfigDraft& draft) {
  const auto& lockout = draft.config.lockout;
  const auto most = lockout.max_attempts;
  const auto check = [&](std::string_view path, std::uint32_t value, bool wrong, std::string hint) {
    if (!wrong || !draft.sound({"lockout.max_attempts", path})) return;
    draft.problems.add(problem::contradiction, draft.place_of(draft.is_set(path) ? path : "lockout.max_attempts"),
                       std::string(path) + " is " + std::to_string(value) + ", and one device alone has " +
                           std::to_string(most) + " (lockout.max_attempts)",
                       std::move(hint));
  };
  const auto address = lockout.max_attempts_per_address.value_or(2 * most);
  check("lockout.max_attempts_per_address", address, address != 0 && address < most,
        "at least as many as lockout.max_attempts, or 0 for no limit");
  check("lockout.max_attempts_per_account", lockout.max_attempts_per_account, lockout.max_attempts_per_account <= most,
        "more than lockout.max_attempts");
}

void check_trust(ConfigDraft& draft) {
  const auto& networks = draft.config.server.trusted_proxies;
  if (!draft.sound({"server.trusted_proxies"})) return;
  for (std::size_t i = 0; i < networks.size(); ++i) {
    if (!is_everybody(networks[i])) continue;
    draft.problems.add(problem::trusts_everybody, draft.place_of("server.trusted_proxies", i),
                       "server.trusted_proxies: every client can claim any address, and rate limits mean nothing",
                       "name the networks of your proxies");
  }
}

// One setting that names plugins, and what they have to offer.
struct Role {
  std::string path;
  std::vector<std::string> names;
  std::string_view interface;
  std::string_view ability;
};

std::vector<Role> roles(const Config& config) {
  std::vector<Role> all = {{"storage.default", config.storage.chain, GH_STORE_V1, "hold records"}};
  for (const auto& [kind, chain] : config.storage.by_kind)
    all.push_back({chain_path(kind), chain, GH_STORE_V1, "hold records"});
  all.push_back({"keys.provider", {config.keys.provider}, GH_KMS_V1, "hold keys"});
  all.push_back({"rate_limit.limiter", config.rate_limit.limiter, GH_RATE_LIMITER_V1, "count for rate limits"});
  all.push_back({"mail.deliver_via", config.mail.deliver_via, GH_MAIL_TRANSPORT_V1, "deliver mail"});
  for (auto& role : all) role.names.erase(std::remove(role.names.begin(), role.names.end(), ""), role.names.end());
  return all;
}

std::string candidates_text(const Config& config, const Role& role) {
  std::string text;
  for (const auto& block : config.plugins) {
    if (contains(block.interfaces, role.interface)) text += (text.empty() ? "" : ", ") + block.name;
  }
  const std::string ability(role.ability);
  return text.empty() ? "no configured plugin can " + ability : "configured plugins that can " + ability + ": " + text;
}

void check_role(ConfigDraft& draft, const Role& role) {
  for (std::size_t i = 0; i < role.names.size(); ++i) {
    const auto& name = role.names[i];
    const auto place = draft.place_of(role.path, i);
    const auto end = role.names.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find(role.names.begin(), end, name) != end) {
      draft.problems.add(problem::contradiction, place, role.path + ": " + in_quotes(name) + " is there twice");
      continue;
    }
    const auto* block = draft.config.plugin(name);
    if (block == nullptr) {
      if (draft.broken_blocks) continue;
      std::vector<std::string_view> names;
      for (const auto& known : draft.config.plugins) names.push_back(known.name);
      auto hint = did_you_mean(name, names);
      if (hint.empty()) hint = candidates_text(draft.config, role);
      draft.problems.add(problem::unknown_plugin, place,
                         role.path + " names " + in_quotes(name) + ", and no [[plugin]] has that name",
                         std::move(hint));
    } else if (!block->id.empty() && !contains(block->interfaces, role.interface)) {
      draft.problems.add(problem::wrong_interface, place,
                         role.path + " names " + in_quotes(name) + ", which does not " + std::string(role.ability) +
                             " (it does not offer " + std::string(role.interface) + ")",
                         candidates_text(draft.config, role));
    }
  }
}

// The variable that names plugins for a role as well as the file does.
std::string_view variable_for(std::string_view path) {
  if (path == "storage.default") return ", or set DATABASE_URL";
  if (path == "rate_limit.limiter") return ", or set REDIS_URL";
  return path == "keys.provider" ? ", or set KMS_PROVIDER" : "";
}

void check_required(ConfigDraft& draft, const Role& role) {
  if (!role.names.empty() || role.path == "mail.deliver_via" || !draft.sound({role.path, "mode"})) return;
  const bool list = role.path.starts_with("storage.");
  const auto key = role.path.substr(role.path.find('.') + 1);
  draft.problems.add(problem::missing, draft.place_of(role.path),
                     role.path + ": no plugin is named to " + std::string(role.ability),
                     "write " + key + " = " + (list ? "[\"...\"]" : "\"...\"") + " below [" +
                         role.path.substr(0, role.path.find('.')) + "]" + std::string(variable_for(role.path)) + "; " +
                         candidates_text(draft.config, role));
}

void check_unused(ConfigDraft& draft, const std::vector<Role>& all) {
  for (std::size_t i = 0; i < draft.config.plugins.size(); ++i) {
    const auto& block = draft.config.plugins[i];
    if (std::any_of(all.begin(), all.end(), [&](const Role& role) { return contains(role.names, block.name); }))
      continue;
    std::string hint;
    for (const auto& role : all) {
      if (hint.empty() && contains(block.interfaces, role.interface))
        hint = "name it in " + role.path + ", or remove the block";
    }
    draft.problems.add(problem::unused_plugin, draft.blocks[i].place,
                       "plugin " + in_quotes(block.name) + " is not used: no setting names it", std::move(hint));
  }
}

void check_plugin_roles(ConfigDraft& draft) {
  const auto all = roles(draft.config);
  for (const auto& role : all) {
    check_role(draft, role);
    check_required(draft, role);
  }
  // A role that was refused may be the one that uses it.
  if (!draft.problems.has_errors()) check_unused(draft, all);
}

void refuse_in_production(ConfigDraft& draft, const Role& role, std::string_view id, std::string_view why,
                          std::string hint) {
  for (std::size_t i = 0; i < role.names.size(); ++i) {
    const auto* block = draft.config.plugin(role.names[i]);
    if (block == nullptr || block->id != id) continue;
    draft.problems.add(problem::not_in_production, draft.place_of(role.path, i),
                       role.path + ": plugin " + in_quotes(block->name) + " " + std::string(why), hint);
  }
}

// Sign-up and forgotten passwords would go on saying that a mail is on its way.
void check_mail_is_sent(ConfigDraft& draft) {
  if (!draft.config.mail.deliver_via.empty() || !draft.sound({"mail.deliver_via"})) return;
  draft.problems.add(problem::missing, draft.place_of("mail.deliver_via"),
                     "mail.deliver_via: no plugin is named to deliver mail, so no mail would ever be sent: no address "
                     "could be confirmed and no password reset",
                     "write deliver_via = [\"smtp\"] below [mail], with a [[plugin]] of library = \"mail-smtp\", "
                     "or set MAIL_PROVIDER=smtp and SMTP_HOST");
}

// Nobody's domain: a mail server of the world takes no mail from there, or drops it.
// Whoever reads along has the account.
void check_links(ConfigDraft& draft) {
  const auto& mail = draft.config.mail;
  for (const auto& [path, link] :
       {std::pair("mail.links.verify", &mail.verify_link), std::pair("mail.links.reset", &mail.reset_link)}) {
    if (!draft.sound({path}) || !link->starts_with("http://")) continue;
    draft.problems.add(problem::not_in_production, draft.place_of(path),
                       std::string(path) + ": the token in the link would travel in plain text", "write https://");
  }
}

void check_sender(ConfigDraft& draft) {
  const auto& mail = draft.config.mail;
  if (draft.is_set("mail.from") || !draft.sound({"mail.from", "mail.deliver_via"})) return;
  const bool sends = std::any_of(mail.deliver_via.begin(), mail.deliver_via.end(), [&](const std::string& name) {
    const auto* block = draft.config.plugin(name);
    return block != nullptr && !block->id.empty() && block->id != outbox;
  });
  if (!sends) return;
  draft.problems.add(problem::no_sender, draft.place_of("mail.deliver_via"),
                     "mail.from: mails would come from " + mail.from + ", which mail servers refuse",
                     "write from = \"Example <no-reply@example.com>\" below [mail], or set SMTP_FROM");
}

void check_pins(ConfigDraft& draft) {
  std::string without_block;
  for (std::size_t i = 0; i < draft.config.plugins.size(); ++i) {
    const auto& block = draft.config.plugins[i];
    if (!block.sha256.empty() || draft.blocks[i].keys.contains("sha256")) continue;
    if (block.origin.source == Origin::Source::Environment) {
      without_block += (without_block.empty() ? "" : ", ") + block.name;
      continue;
    }
    draft.problems.add(problem::not_pinned, draft.blocks[i].place,
                       "plugin " + in_quotes(block.name) + ": any file of that name in plugin_path will be run",
                       "write sha256 = \"...\", as `gatehouse plugins inspect` prints it");
  }
  if (without_block.empty()) return;
  draft.problems.add(
      problem::not_pinned, Place{"environment", {}},
      "the plugins named here (" + without_block + "): any files of these names in plugin_path will be run",
      "a file pins them: a [[plugin]] block for each, with sha256 = \"...\"");
}

void check_public_url(ConfigDraft& draft) {
  const auto& url = draft.config.public_url;
  if (!draft.sound({"public_url"})) return;
  if (url.empty()) {
    draft.problems.add(
        problem::missing, draft.place_of("public_url"), "public_url: production needs the URL clients use",
        "write public_url = \"https://auth.example.com\" at the top of the file, or set GATEHOUSE__PUBLIC_URL");
  } else if (url.starts_with("http://")) {
    draft.problems.add(problem::plain_http, draft.place_of("public_url"),
                       "public_url: tokens and passwords travel in plain text",
                       "put a proxy with TLS before the server and write https://");
  }
}

void check_production(ConfigDraft& draft) {
  const auto& config = draft.config;
  if (!draft.sound({"mode"}) || config.mode != Mode::Production) return;
  check_public_url(draft);
  check_mail_is_sent(draft);
  check_links(draft);
  for (const auto& role : roles(config)) {
    if (role.interface == GH_STORE_V1 && !config.allow_ephemeral && draft.sound({"allow_ephemeral"})) {
      refuse_in_production(draft, role, ephemeral_store,
                           "keeps records in memory only: every account is gone when the server ends",
                           "name a store that keeps them, or write allow_ephemeral = true at the top of the file");
    }
    if (role.interface == GH_MAIL_TRANSPORT_V1) {
      refuse_in_production(draft, role, outbox, "writes mail to a folder instead of sending it",
                           "name a plugin that sends mail, such as one with library = \"mail-smtp\"");
    }
  }
  check_pins(draft);
  if (!config.rate_limit.enabled) {
    draft.problems.add(problem::no_limits, draft.place_of("rate_limit.enabled"),
                       config.lockout.enabled
                           ? "rate_limit.enabled: sign-ups, mails and the work of hashing have no limit"
                           : "rate_limit.enabled and lockout.enabled: passwords can be guessed without limit");
  } else if (!config.lockout.enabled) {
    draft.problems.add(problem::no_limits, draft.place_of("lockout.enabled"),
                       "lockout.enabled: whoever has many addresses can guess passwords without end");
  }
}

}  // namespace

void check_whole(ConfigDraft& draft) {
  check_listeners(draft);
  check_base_paths(draft);
  check_lifetimes(draft);
  check_hash(draft);
  check_lockout(draft);
  check_trust(draft);
  check_production(draft);
  check_sender(draft);
  check_plugin_roles(draft);
}

}  // namespace gatehouse::app
