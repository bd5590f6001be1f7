// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/log.h"
#include "base/secret.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gatehouse::plugins {
class PluginFile;
}

namespace gatehouse::app {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

// The typed settings. The initialisers are the defaults: there is no second list of them, config_settings.cpp reads
// them from here. Each enum has its names, in the same order, in that table.

enum class Mode : std::uint8_t { Dev, Production };
enum class RotationProfile : std::uint8_t { Strict, Balanced, Mobile };
enum class OnReuse : std::uint8_t { RevokeUser, RevokeSession };
enum class TokenAlgorithm : std::uint8_t { ES256, EdDSA, RS256, HS256 };
enum class PolicyProfile : std::uint8_t { Classic, Nist, Short };
enum class LogFormat : std::uint8_t { Auto, Json, Pretty };

// "5/60s": at most so many in a window.
struct Rate {
  std::uint32_t limit = 0;
  microseconds window{0};
  bool operator==(const Rate&) const = default;
};

struct ServerSettings {
  std::string listen = "127.0.0.1:8080";
  std::string management = "127.0.0.1:8081";
  std::vector<std::string> base_paths = {"/auth", "/api/auth"};
  std::vector<std::string> trusted_proxies;  // CIDR blocks, canonical
  unsigned threads = 0;
  std::size_t max_connections = 12'000;
  std::size_t max_connections_per_address = 0;
  milliseconds drain_delay{0};
  milliseconds shutdown_grace{20'000};
  milliseconds head_timeout{10'000};
  milliseconds body_timeout{30'000};
  milliseconds handler_timeout{10'000};
  milliseconds write_timeout{30'000};
  milliseconds idle_timeout{75'000};
  bool hsts = false;
};

struct CorsSettings {
  std::vector<std::string> allowed_origins;
};

struct LoginSettings {
  milliseconds min_response{500};
  milliseconds max_jitter{50};
};

struct SignupSettings {
  bool enabled = true;
  bool reveal_existing = true;
};

struct TokenSettings {
  RotationProfile rotation = RotationProfile::Strict;
  OnReuse on_reuse = OnReuse::RevokeUser;
  std::optional<milliseconds> grace;         // empty: as the profile says
  std::optional<milliseconds> late_window;   // empty: as the profile says
  std::optional<std::uint32_t> late_budget;  // empty: as the profile says
  seconds access_ttl{900};
  TokenAlgorithm algorithm = TokenAlgorithm::ES256;
  std::string issuer;  // resolved: never empty after load_config
  std::string audience = "gatehouse";
  seconds leeway{0};
};

struct SessionSettings {
  seconds idle_ttl = std::chrono::hours{7 * 24};
  seconds absolute_ttl = std::chrono::hours{30 * 24};
  seconds remember_idle_ttl = std::chrono::hours{30 * 24};
  seconds remember_absolute_ttl = std::chrono::hours{90 * 24};
  std::uint32_t max_per_user = 0;
};

struct HashSettings {
  std::uint64_t memory = 64 * 1024 * 1024;  // bytes, a whole number of KiB
  std::uint32_t passes = 3;
  std::uint32_t lanes = 4;
};

struct PasswordSettings {
  PolicyProfile policy = PolicyProfile::Classic;
  HashSettings hash;
  unsigned workers = 0;
  std::size_t max_queue = 256;
  milliseconds max_wait{5'000};
};

struct RateLimitSettings {
  bool enabled = true;
  Rate login{5, seconds{60}};
  Rate signup{3, seconds{300}};
  Rate refresh{60, seconds{60}};
  Rate resend{3, std::chrono::hours{1}};
  Rate forgot{5, std::chrono::hours{1}};
  Rate export_account{5, std::chrono::hours{1}};  // rate_limit.export
  Rate invalid_token{100, seconds{60}};
  Rate other{100, seconds{60}};      // rate_limit.default
  std::vector<std::string> limiter;  // plugin names
};

struct LockoutSettings {
  bool enabled = true;
  std::uint32_t max_attempts = 5;
  seconds window = std::chrono::minutes{15};
  seconds duration = std::chrono::minutes{15};
  std::optional<std::uint32_t> max_attempts_per_address;  // empty: twice max_attempts
  std::uint32_t max_attempts_per_account = 100;
  seconds known_for = std::chrono::hours{90 * 24};
};

struct StorageSettings {
  std::vector<std::string> chain;                           // storage.default: plugin names
  std::map<std::string, std::vector<std::string>> by_kind;  // by the kind's name: "session"
};

struct KeySettings {
  std::string provider;  // plugin name
};

struct MailSettings {
  std::vector<std::string> deliver_via;  // plugin names
  std::string from = "Gatehouse <no-reply@localhost>";
  seconds verify_ttl = std::chrono::hours{24};
  seconds reset_ttl = std::chrono::hours{1};
  milliseconds min_response{300};
  milliseconds poll{2'000};
  std::string templates;  // absolute, or empty
  // Where the links in mails lead, with {token} in its place; empty: to this server's own pages.
  std::string verify_link;
  std::string reset_link;
};

struct EventSettings {
  bool record_refreshes = true;
  seconds retention = std::chrono::hours{90 * 24};
};

struct CleanupSettings {
  milliseconds every{std::chrono::hours{1}};
};

struct LogSettings {
  LogLevel level = LogLevel::Info;
  LogFormat format = LogFormat::Auto;
};

// Where a value came from, as show-config prints it.
struct Origin {
  enum class Source : std::uint8_t { Default, File, Environment, Flag };
  Source source = Source::Default;
  std::string name;        // file, variable or flag; for defaults what they depend on ("dev", "public_url"), or empty
  std::uint32_t line = 0;  // File only
  std::string text() const;
};

// One checked setting of a plugin. A secret's value is in `secret`, never in `value`.
struct PluginSetting {
  std::string key;
  std::variant<bool, std::int64_t, std::string> value;  // durations in microseconds, sizes in bytes
  Secret<std::string> secret;
  bool is_secret = false;
  Origin origin;
  std::string text;  // the value as the file would have it; empty for secrets
};

// One [[plugin]] block. What stands below `settings` is known once the plugin's file was read.
struct PluginBlock {
  std::string name;     // what chains use
  std::string library;  // file name or stem looked up in plugin_path, or an absolute path
  std::string sha256;   // 64 hex digits, or empty
  unsigned max_calls = 64;
  milliseconds call_timeout{5'000};
  Origin origin;

  std::vector<PluginSetting> settings;  // defaults filled in; one entry an element of a list
  std::string id;                       // the plugin's own id, "store-memory"
  std::vector<std::string> interfaces;  // "gatehouse.store/1", ...
  std::shared_ptr<const plugins::PluginFile> file;
};

struct Config {
  std::int64_t config_version = 1;
  Mode mode = Mode::Production;
  bool allow_ephemeral = false;
  std::string public_url;                // without a slash at the end; empty in dev only
  std::string state_dir;                 // absolute
  std::vector<std::string> plugin_path;  // absolute
  ServerSettings server;
  CorsSettings cors;
  LoginSettings login;
  SignupSettings signup;
  TokenSettings tokens;
  SessionSettings sessions;
  PasswordSettings passwords;
  RateLimitSettings rate_limit;
  LockoutSettings lockout;
  StorageSettings storage;
  KeySettings keys;
  MailSettings mail;
  EventSettings events;
  CleanupSettings cleanup;
  LogSettings log;
  std::vector<PluginBlock> plugins;

  // The block of that name; null when there is none.
  const PluginBlock* plugin(std::string_view name) const noexcept;
  // The chain that holds a kind: its own, or the default one.
  const std::vector<std::string>& store_chain(std::string_view kind) const;
};

// A configuration without errors, and where each of its values came from.
struct ResolvedConfig {
  Config config;
  std::map<std::string, Origin, std::less<>> origins;  // by the setting's path; one entry a setting
};

}  // namespace gatehouse::app
