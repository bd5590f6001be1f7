// SPDX-License-Identifier: Apache-2.0
#include "providers/keys.h"
#include "app/commands/commands.h"
#include "app/commands/text_table.h"
#include "app/config_values.h"
#include "app/log_setup.h"
#include "app/plugin_set.h"
#include "app/state_folder.h"
#include "auth/cursor.h"
#include "auth/limits.h"
#include "base/clock.h"
#include "base/json_text.h"
#include "base/log_json.h"
#include "base/metrics.h"
#include "base/random.h"
#include "mail/tickets.h"
#include "tokens/access_token.h"
#include "tokens/refresh_token.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <ostream>
#include <utility>

namespace gatehouse::app {
namespace {

using providers::Algorithm;
using providers::KeyInfo;
using providers::KeyState;

constexpr std::chrono::seconds patience{30};
constexpr std::array<std::string_view, 5> purposes = {tokens::access_purpose, tokens::refresh_purpose,
                                                      auth::identifier_purpose, auth::cursor_purpose,
                                                      mail::token_purpose};
// Resource servers keep /.well-known/jwks.json for the 300 seconds its Cache-Control allows; a running server takes up
// to three to publish what another process made.
constexpr std::chrono::seconds published_before_use{310};

Algorithm algorithm_of(std::string_view purpose, const Config& config) {
  if (purpose != tokens::access_purpose) return Algorithm::HmacSha256;
  switch (config.tokens.algorithm) {
    case TokenAlgorithm::ES256: return Algorithm::ES256;
    case TokenAlgorithm::EdDSA: return Algorithm::EdDSA;
    case TokenAlgorithm::RS256: return Algorithm::RS256;
    case TokenAlgorithm::HS256: return Algorithm::HmacSha256;
  }
  return Algorithm::ES256;
}

std::string_view name_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::HmacSha256: return "HMAC-SHA256";
    case Algorithm::ES256: return "ES256";
    case Algorithm::EdDSA: return "EdDSA";
    case Algorithm::RS256: return "RS256";
  }
  return "unknown";
}

std::string_view name_of(KeyState state) {
  switch (state) {
    case KeyState::Next: return "next";
    case KeyState::Current: return "current";
    case KeyState::Active: return "active";
    case KeyState::Retired: return "retired";
  }
  return "unknown";
}

// The configured key provider and nothing else of the server.
class KeyProvider {
 public:
  explicit KeyProvider(const Config& config, LogLevel level = LogLevel::Warn)
      : log_({.level = level, .style = log_options(config.log).style}, clock_),
        plugins_(config, roles_of(config), {clock_, random_, log_, metrics_}),
        keys_(plugins_.get(config.keys.provider)) {
    plugins_.start();
  }

  providers::Keys& keys() noexcept { return keys_; }
  Call call() const { return {clock_.steady() + patience, clock_.now(), "command", {}, {}}; }

 private:
  static PluginRoles roles_of(const Config& config) {
    PluginRoles roles;
    roles.keys = config.keys.provider;
    return roles;
  }

  SystemClock clock_;
  SystemRandom random_;
  MetricRegistry metrics_;
  JsonLog log_;
  PluginSet plugins_;
  providers::Keys keys_;
};

// False: it is none of ours, and that was said.
bool known_purpose(const std::string& purpose, const Streams& streams) {
  const std::vector<std::string_view> known(purposes.begin(), purposes.end());
  if (std::find(known.begin(), known.end(), purpose) != known.end()) return true;
  auto hint = did_you_mean(purpose, known);
  if (hint.empty()) hint = "there is access, refresh, identifier, cursor, mail_token";
  streams.err << "gatehouse: no purpose " << in_quotes(purpose) << "; " << hint << "\n";
  return false;
}

// The key provider's own setting that says whether it may make keys; none: it has no such setting.
PluginSetting* create_setting(Config& config) {
  for (auto& block : config.plugins) {
    for (auto& setting : block.settings) {
      if (block.name == config.keys.provider && setting.key == "create" && !setting.is_secret) return &setting;
    }
  }
  return nullptr;
}

// Keys that are made from shared secrets are written nowhere: they are there once somebody asks for the purpose.
bool bring_up(KeyProvider& provider, std::string_view purpose, const Config& config) {
  try {
    provider.keys().ensure(purpose, algorithm_of(purpose, config), provider.call());
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

struct PurposeKeys {
  std::string_view purpose;
  std::vector<KeyInfo> keys;
};

// Keys from shared secrets have no time of their own.
std::string time_text(Time time) { return time == Time{} ? std::string() : to_rfc3339(time); }

void print_text(const std::vector<PurposeKeys>& all, std::ostream& out) {
  std::vector<std::vector<std::string>> rows = {{"PURPOSE", "VERSION", "ALGORITHM", "STATE", "CREATED", "SIGNS FROM"}};
  for (const auto& [purpose, keys] : all) {
    for (const auto& key : keys) {
      rows.push_back({std::string(purpose), std::to_string(key.version), std::string(name_of(key.algorithm)),
                      std::string(name_of(key.state)), time_text(key.created),
                      key.signs_from ? to_rfc3339(*key.signs_from) : std::string()});
    }
  }
  out << text_table(rows);
}

void print_json(const std::vector<PurposeKeys>& all, std::ostream& out) {
  std::string text = R"({"keys":[)";
  bool first = true;
  for (const auto& [purpose, keys] : all) {
    for (const auto& key : keys) {
      text += std::exchange(first, false) ? R"({"purpose":)" : R"(,{"purpose":)";
      append_json_text(text, purpose);
      text += R"(,"version":)" + std::to_string(key.version) + R"(,"algorithm":)";
      append_json_text(text, name_of(key.algorithm));
      text += R"(,"state":)";
      append_json_text(text, name_of(key.state));
      text += R"(,"created":)";
      append_json_text(text, time_text(key.created));
      if (key.signs_from) {
        text += R"(,"signsFrom":)";
        append_json_text(text, to_rfc3339(*key.signs_from));
      }
      text += "}";
    }
  }
  out << text << "]}\n";
}

int report(const Error& error, std::string_view purpose, const Streams& streams) {
  const bool none = error.code == Code::NotFound;
  streams.err << "gatehouse: " << purpose << ": "
              << (none ? "there is no key yet; `gatehouse keys init` makes one" : error.detail) << "\n";
  return exit_failure;
}

}  // namespace

int keys_list_command(const CommandLine& line, const Product& product, const Streams& streams) {
  if (!line.subject.empty() && !known_purpose(line.subject, streams)) return exit_usage;
  auto resolved = load_or_report(line, product, streams);
  if (!resolved) return exit_usage;
  auto* create = create_setting(resolved->config);
  if (create != nullptr) create->value = false;
  // That a purpose has no key is what is asked for, and no warning.
  KeyProvider provider(resolved->config, LogLevel::Error);
  std::vector<PurposeKeys> all;
  for (const auto purpose : purposes) {
    if (!line.subject.empty() && line.subject != purpose) continue;
    auto keys = provider.keys().list(purpose, provider.call());
    const bool none = !keys && keys.error().code == Code::NotFound;
    if (none && create != nullptr && bring_up(provider, purpose, resolved->config)) {
      keys = provider.keys().list(purpose, provider.call());
    }
    if (keys) {
      all.push_back({purpose, std::move(*keys)});
    } else if (keys.error().code != Code::NotFound || !line.subject.empty()) {
      return report(keys.error(), purpose, streams);
    }
  }
  (line.format == OutputFormat::Json ? print_json : print_text)(all, streams.out);
  return exit_ok;
}

int keys_init_command(const CommandLine& line, const Product& product, const Streams& streams) {
  auto resolved = load_or_report(line, product, streams);
  if (!resolved) return exit_usage;
  auto& config = resolved->config;
  // Whoever gives this command wants what `create = false` keeps a server from doing by itself.
  if (auto* create = create_setting(config)) create->value = true;
  prepare_state_folder(config.state_dir);
  KeyProvider provider(config);
  std::vector<PurposeKeys> all;
  for (const auto purpose : purposes) {
    provider.keys().ensure(purpose, algorithm_of(purpose, config), provider.call());
    auto keys = provider.keys().list(purpose, provider.call());
    if (!keys) return report(keys.error(), purpose, streams);
    all.push_back({purpose, std::move(*keys)});
  }
  (line.format == OutputFormat::Json ? print_json : print_text)(all, streams.out);
  return exit_ok;
}

int keys_rotate_command(const CommandLine& line, const Product& product, const Streams& streams) {
  if (!known_purpose(line.subject, streams)) return exit_usage;
  const auto resolved = load_or_report(line, product, streams);
  if (!resolved) return exit_usage;
  KeyProvider provider(resolved->config);
  const auto algorithm = algorithm_of(line.subject, resolved->config);
  const auto call = provider.call();
  // Nobody outside has a copy of what verifies an HMAC.
  const bool at_once = line.now || algorithm == Algorithm::HmacSha256;
  const Time from = at_once ? call.now : std::chrono::ceil<std::chrono::seconds>(call.now + published_before_use);
  const auto version = provider.keys().rotate(line.subject, algorithm, from, call);
  if (!version) return report(version.error(), line.subject, streams);
  if (line.format == OutputFormat::Json) {
    streams.out << R"({"purpose":")" << line.subject << R"(","version":)" << *version << R"(,"algorithm":")"
                << name_of(algorithm) << R"(","signsFrom":")" << to_rfc3339(from) << "\"}\n";
  } else if (at_once) {
    streams.out << line.subject << ": version " << *version << " (" << name_of(algorithm)
                << ") is current; the former ones go on verifying\n";
  } else {
    streams.out << line.subject << ": version " << *version << " (" << name_of(algorithm)
                << ") is published now and signs from " << to_rfc3339(from) << "; the former ones go on verifying\n";
  }
  return exit_ok;
}

}  // namespace gatehouse::app
