// SPDX-License-Identifier: Apache-2.0
#include "app/config_settings.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace gatehouse::app {
namespace {

template <class T>
inline constexpr bool is_duration = false;
template <class Count, class Period>
inline constexpr bool is_duration<std::chrono::duration<Count, Period>> = true;
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
SettingValue to_value(const T& member) {
  if constexpr (is_optional<T>) {
    return member ? to_value(*member) : SettingValue{};
  } else if constexpr (is_duration<T>) {
    return static_cast<std::int64_t>(microseconds{member}.count());
  } else if constexpr (std::same_as<T, bool>) {
    return member;
  } else if constexpr (std::is_enum_v<T> || std::integral<T>) {
    return static_cast<std::int64_t>(member);
  } else {
    return member;
  }
}

template <class T>
void from_value(T& member, SettingValue&& value) {
  if constexpr (is_optional<T>) {
    from_value(member.emplace(), std::move(value));
  } else if constexpr (is_duration<T>) {
    member = std::chrono::duration_cast<T>(microseconds{std::get<std::int64_t>(value)});
  } else if constexpr (std::same_as<T, bool>) {
    member = std::get<bool>(value);
  } else if constexpr (std::is_enum_v<T> || std::integral<T>) {
    member = static_cast<T>(std::get<std::int64_t>(value));
  } else {
    member = std::get<T>(std::move(value));
  }
}

template <auto First, auto... Rest, class Target>
constexpr auto& member_of(Target& target) {
  if constexpr (sizeof...(Rest) == 0) {
    return target.*First;
  } else {
    return member_of<Rest...>(target.*First);
  }
}

template <class T>
struct StepOf {
  static constexpr std::int64_t value = 1;
};
template <class Count, class Period>
struct StepOf<std::chrono::duration<Count, Period>> {
  static constexpr std::int64_t value = microseconds{std::chrono::duration<Count, Period>{1}}.count();
};
template <class T>
struct StepOf<std::optional<T>> : StepOf<T> {};

template <class Target, auto... Path>
constexpr Descriptor<Target> describe(std::string_view path, ValueRule rule, std::string_view summary,
                                      std::string_view when_unset) {
  using Member = std::remove_cvref_t<decltype(member_of<Path...>(std::declval<Target&>()))>;
  // A duration finer than its member could hold would be cut silently.
  if (rule.kind == ValueKind::Duration) rule.step = StepOf<Member>::value;
  return {path,
          rule,
          summary,
          when_unset,
          [](const Target& target) { return to_value(member_of<Path...>(target)); },
          [](Target& target, SettingValue&& value) { from_value(member_of<Path...>(target), std::move(value)); }};
}

template <auto... Path>
constexpr Setting setting(std::string_view path, ValueRule rule, std::string_view summary,
                          std::string_view when_unset = {}) {
  return describe<Config, Path...>(path, rule, summary, when_unset);
}

template <auto Member>
constexpr PluginKey plugin_key(std::string_view key, ValueRule rule, std::string_view summary,
                               std::string_view when_unset = {}) {
  return describe<PluginBlock, Member>(key, rule, summary, when_unset);
}

constexpr ValueRule text(Form form) { return {.kind = ValueKind::Text, .form = form}; }
constexpr ValueRule list(Form form) { return {.kind = ValueKind::TextList, .form = form}; }
// A list, or a text in its place.
constexpr ValueRule one_or_more(Form form) { return {.kind = ValueKind::TextList, .form = form, .one_or_more = true}; }
constexpr ValueRule flag() { return {.kind = ValueKind::Boolean}; }
constexpr ValueRule choice(std::string_view allowed) { return {.kind = ValueKind::Choice, .allowed = allowed}; }
constexpr ValueRule number(std::int64_t least, std::int64_t most) {
  return {.kind = ValueKind::Integer, .least = least, .most = most};
}
constexpr ValueRule duration(microseconds least, microseconds most) {
  return {.kind = ValueKind::Duration, .least = least.count(), .most = most.count()};
}
constexpr ValueRule rate() { return {.kind = ValueKind::Rate}; }
constexpr ValueRule size(std::int64_t least, std::int64_t most, std::int64_t step) {
  return {.kind = ValueKind::Size, .least = least, .most = most, .step = step};
}

constexpr std::chrono::milliseconds ms{1};
constexpr std::chrono::seconds s{1};
constexpr std::chrono::minutes min{1};
constexpr std::chrono::hours h{1};
constexpr std::chrono::hours d{24};
constexpr std::int64_t KiB = 1024;
constexpr std::int64_t MiB = 1024 * 1024;

using C = Config;

constexpr auto table = std::to_array<Setting>({
    setting<&C::config_version>("config_version", number(1, 1),
                                "The version of this format; a later one renames keys only together with this number."),
    setting<&C::mode>(
        "mode", choice("dev,production"),
        "production refuses what only fits a developer's machine; dev fills in plugins that need nothing."),
    setting<&C::allow_ephemeral>("allow_ephemeral", flag(),
                                 "Lets production keep records in memory: every account is gone when the server ends."),
    setting<&C::public_url>("public_url", text(web_url), "The URL clients reach this server by; production demands it.",
                            "links are relative"),
    setting<&C::state_dir>("state_dir", text(absolute_path), "The folder for what plugins keep on disk, such as keys.",
                           "/var/lib/gatehouse; in dev $XDG_STATE_HOME/gatehouse or ~/.local/state/gatehouse"),
    setting<&C::plugin_path>("plugin_path", list(absolute_path),
                             "The folders plugins are looked up in; the first match wins.",
                             "the folder ../lib/gatehouse, seen from the program's own"),

    setting<&C::server, &ServerSettings::listen>("server.listen", text(listen_address),
                                                 "The address and port of the API; port 0 picks a free one."),
    setting<&C::server, &ServerSettings::management>(
        "server.management", text(listen_address),
        "The address and port of livez, readyz, startupz and metrics; whoever reaches it may read them."),
    setting<&C::server, &ServerSettings::base_paths>("server.base_paths", list(base_path),
                                                     "The paths the API is served below; all of them answer alike."),
    setting<&C::server, &ServerSettings::trusted_proxies>(
        "server.trusted_proxies", list(network),
        "The networks whose X-Forwarded-For is believed; clients in them can claim any address."),
    setting<&C::server, &ServerSettings::threads>("server.threads", number(0, 1024),
                                                  "Threads that answer requests; 0 takes two a core, at least four."),
    setting<&C::server, &ServerSettings::max_connections>("server.max_connections", number(16, 1'000'000),
                                                          "Open connections in all; the oldest idle one makes room."),
    setting<&C::server, &ServerSettings::max_connections_per_address>(
        "server.max_connections_per_address", number(0, 1'000'000),
        "Open connections of one client address; 0 sets no limit, loopback has none."),
    setting<&C::server, &ServerSettings::drain_delay>(
        "server.drain_delay", duration(0 * s, 10 * min),
        "After SIGTERM, how long to go on accepting while readyz already says no."),
    setting<&C::server, &ServerSettings::shutdown_grace>(
        "server.shutdown_grace", duration(0 * s, 10 * min),
        "After SIGTERM, how long requests in flight may take to finish."),
    setting<&C::server, &ServerSettings::head_timeout>("server.head_timeout", duration(100 * ms, 10 * min),
                                                       "The time for a request's whole head."),
    setting<&C::server, &ServerSettings::body_timeout>("server.body_timeout", duration(100 * ms, 10 * min),
                                                       "The time for a request's whole body."),
    setting<&C::server, &ServerSettings::handler_timeout>(
        "server.handler_timeout", duration(100 * ms, 10 * min),
        "The time the server itself takes for an answer, plugins included."),
    setting<&C::server, &ServerSettings::write_timeout>("server.write_timeout", duration(100 * ms, 10 * min),
                                                        "The time a client takes to receive a whole answer."),
    setting<&C::server, &ServerSettings::idle_timeout>("server.idle_timeout", duration(1 * s, 1 * h),
                                                       "How long a connection without a request stays open."),
    setting<&C::server, &ServerSettings::hsts>("server.hsts", flag(),
                                               "Sends Strict-Transport-Security with includeSubDomains; only where "
                                               "every client of the domain and of all below it comes by HTTPS."),

    setting<&C::cors, &CorsSettings::allowed_origins>(
        "cors.allowed_origins", list(web_origin), "The web sites whose scripts may call the API, as exact origins."),

    setting<&C::login, &LoginSettings::min_response>(
        "login.min_response", duration(0 * s, 10 * s),
        "No login answers earlier, whatever happened; the wait holds no thread."),
    setting<&C::login, &LoginSettings::max_jitter>("login.max_jitter", duration(0 * s, 5 * s),
                                                   "A random time of at most this is added to login.min_response."),

    setting<&C::signup, &SignupSettings::enabled>("signup.enabled", flag(), "Whether anyone may open an account."),
    setting<&C::signup, &SignupSettings::reveal_existing>(
        "signup.reveal_existing", flag(),
        "Whether signup says that an address is taken; if not, it answers as for a new one."),

    setting<&C::tokens, &TokenSettings::rotation>(
        "tokens.rotation", choice("strict,balanced,mobile"),
        "How forgiving refresh is with a token used twice: never, for tabs of one browser, for lossy networks."),
    setting<&C::tokens, &TokenSettings::on_reuse>("tokens.on_reuse", choice("revoke-user,revoke-session"),
                                                  "What ends when a spent refresh token comes back."),
    setting<&C::tokens, &TokenSettings::grace>("tokens.grace", duration(0 * s, 5 * min),
                                               "The window in which a spent refresh token gets its successor again.",
                                               "by tokens.rotation: 0s, 10s, 10s"),
    setting<&C::tokens, &TokenSettings::late_window>(
        "tokens.late_window", duration(0 * s, 30 * d),
        "How long the answer to a refresh that was never seen may be asked for again.",
        "by tokens.rotation: 0s, 0s, 1d"),
    setting<&C::tokens, &TokenSettings::late_budget>("tokens.late_budget", number(0, 100),
                                                     "How often that may happen in a session; one more a day.",
                                                     "by tokens.rotation: 0, 0, 3"),
    setting<&C::tokens, &TokenSettings::access_ttl>("tokens.access_ttl", duration(10 * s, 1 * d),
                                                    "How long an access token is valid."),
    setting<&C::tokens, &TokenSettings::algorithm>(
        "tokens.algorithm", choice("ES256,EdDSA,RS256,HS256"),
        "The signature of access tokens; with HS256 nobody else can verify them."),
    setting<&C::tokens, &TokenSettings::issuer>("tokens.issuer", text(short_text), "The iss claim of access tokens.",
                                                "public_url, or \"gatehouse\" without one"),
    setting<&C::tokens, &TokenSettings::audience>("tokens.audience", text(short_text),
                                                  "The aud claim of access tokens."),
    setting<&C::tokens, &TokenSettings::leeway>("tokens.leeway", duration(0 * s, 5 * min),
                                                "The clock difference allowed when an access token is checked."),

    setting<&C::sessions, &SessionSettings::idle_ttl>("sessions.idle_ttl", duration(1 * min, 3650 * d),
                                                      "A session ends when it was not refreshed for this long."),
    setting<&C::sessions, &SessionSettings::absolute_ttl>("sessions.absolute_ttl", duration(1 * min, 3650 * d),
                                                          "A session ends after this long, however active it is."),
    setting<&C::sessions, &SessionSettings::remember_idle_ttl>(
        "sessions.remember_idle_ttl", duration(1 * min, 3650 * d), "As idle_ttl, for logins with rememberMe."),
    setting<&C::sessions, &SessionSettings::remember_absolute_ttl>(
        "sessions.remember_absolute_ttl", duration(1 * min, 3650 * d), "As absolute_ttl, for logins with rememberMe."),
    setting<&C::sessions, &SessionSettings::max_per_user>(
        "sessions.max_per_user", number(0, 10'000),
        "Sessions of one user; the oldest ends for a new one; 0 sets no limit."),

    setting<&C::passwords, &PasswordSettings::policy>(
        "passwords.policy", choice("classic,nist,short"),
        "What a new password must be: 12 characters of four classes, 15 of any, or 8 of four classes."),
    setting<&C::passwords, &PasswordSettings::workers>(
        "passwords.workers", number(0, 256), "Threads that hash passwords, each with hash.memory; 0 takes one a core."),
    setting<&C::passwords, &PasswordSettings::max_queue>("passwords.max_queue", number(1, 100'000),
                                                         "Logins and signups that may wait for a worker."),
    setting<&C::passwords, &PasswordSettings::max_wait>("passwords.max_wait", duration(100 * ms, 1 * min),
                                                        "Logins that would wait longer are refused with Retry-After."),
    // Stored hashes that ask for more than 256 MiB or 10 passes are never verified (crypto/password_hash.h).
    setting<&C::passwords, &PasswordSettings::hash, &HashSettings::memory>(
        "passwords.hash.memory", size(8 * KiB, 256 * MiB, KiB),
        "The memory of one Argon2id hash; at least 8KiB a lane."),
    setting<&C::passwords, &PasswordSettings::hash, &HashSettings::passes>("passwords.hash.passes", number(1, 10),
                                                                           "The passes of Argon2id over that memory."),
    setting<&C::passwords, &PasswordSettings::hash, &HashSettings::lanes>(
        "passwords.hash.lanes", number(1, 16), "The lanes of Argon2id; part of the result, not threads."),

    setting<&C::rate_limit, &RateLimitSettings::enabled>("rate_limit.enabled", flag(),
                                                         "Whether requests are limited by address and by account."),
    setting<&C::rate_limit, &RateLimitSettings::login>("rate_limit.login", rate(),
                                                       "Logins of one address to one account."),
    setting<&C::rate_limit, &RateLimitSettings::signup>("rate_limit.signup", rate(), "Signups of one address."),
    setting<&C::rate_limit, &RateLimitSettings::refresh>("rate_limit.refresh", rate(), "Refreshes of one session."),
    setting<&C::rate_limit, &RateLimitSettings::resend>("rate_limit.resend", rate(),
                                                        "Mails sent again to one address, whoever asks."),
    setting<&C::rate_limit, &RateLimitSettings::forgot>("rate_limit.forgot", rate(),
                                                        "Mails for a new password asked for one address, by client."),
    setting<&C::rate_limit, &RateLimitSettings::export_account>("rate_limit.export", rate(),
                                                                "Exports of one account's data, whoever asks."),
    setting<&C::rate_limit, &RateLimitSettings::invalid_token>("rate_limit.invalid_token", rate(),
                                                               "Tokens of one address that are not genuine."),
    setting<&C::rate_limit, &RateLimitSettings::other>(
        "rate_limit.default", rate(), "Other requests of one session; and logins, signups and mails of one address."),
    setting<&C::rate_limit, &RateLimitSettings::limiter>(
        "rate_limit.limiter", one_or_more(plugin_name),
        "The plugin that counts, or a chain of them: the first that can be reached at start counts until the end.",
        "\"store-memory\" in dev; production must name one"),

    setting<&C::lockout, &LockoutSettings::enabled>(
        "lockout.enabled", flag(), "Whether wrong passwords lock a device out of an account for a while."),
    setting<&C::lockout, &LockoutSettings::max_attempts>(
        "lockout.max_attempts", number(1, 50), "Wrong passwords of one device at one account that lock it out."),
    setting<&C::lockout, &LockoutSettings::window>("lockout.window", duration(1 * min, 1 * d),
                                                   "The time in which that many count."),
    setting<&C::lockout, &LockoutSettings::duration>("lockout.duration", duration(1 * s, 1 * d),
                                                     "How long a lock lasts."),
    setting<&C::lockout, &LockoutSettings::max_attempts_per_address>(
        "lockout.max_attempts_per_address", number(0, 100'000),
        "As max_attempts, of one address at all accounts; devices that are known go on; 0 sets no limit.",
        "twice max_attempts"),
    setting<&C::lockout, &LockoutSettings::max_attempts_per_account>(
        "lockout.max_attempts_per_account", number(2, 100),
        "Wrong passwords at one account, whatever devices they come from: then for a day only devices that are known."),
    setting<&C::lockout, &LockoutSettings::known_for>(
        "lockout.known_for", duration(1 * h, 3650 * d),
        "How long an address is known as one of an account's after a login from it."),

    setting<&C::storage, &StorageSettings::chain>(
        "storage.default", list(plugin_name),
        "The plugins that may hold records: the first that is fit at start holds them until the server ends.",
        "[\"store-memory\"] in dev; production must name one"),

    setting<&C::keys, &KeySettings::provider>("keys.provider", text(plugin_name), "The plugin that holds the keys.",
                                              "\"kms-local\" in dev; production must name one"),

    setting<&C::mail, &MailSettings::deliver_via>(
        "mail.deliver_via", list(plugin_name),
        "The plugins that deliver mail; the next one is tried when one cannot take it now.",
        "[\"mail-outbox\"] in dev; production must name one"),
    setting<&C::mail, &MailSettings::from>("mail.from", text(mail_sender), "The sender of every mail."),
    setting<&C::mail, &MailSettings::verify_ttl>("mail.verify_ttl", duration(5 * min, 30 * d),
                                                 "How long the link that confirms an address works."),
    setting<&C::mail, &MailSettings::reset_ttl>("mail.reset_ttl", duration(5 * min, 1 * d),
                                                "How long the link to a new password works."),
    setting<&C::mail, &MailSettings::min_response>(
        "mail.min_response", duration(0 * s, 10 * s),
        "No answer about a mail to be sent leaves earlier, whatever happened; the wait holds no thread."),
    setting<&C::mail, &MailSettings::poll>(
        "mail.poll", duration(100 * ms, 1 * h),
        "How often the store is asked for mails that are due again, and for new ones where it does not tell of them."),
    setting<&C::mail, &MailSettings::templates>("mail.templates", text(absolute_path),
                                                "The folder of your own mail texts; what is not there is built in.",
                                                "the built-in texts"),
    setting<&C::mail, &MailSettings::verify_link>(
        "mail.links.verify", text(link_url),
        "The page of yours that the link to confirm an address leads to: {token} stands for the token.",
        "a page of this server"),
    setting<&C::mail, &MailSettings::reset_link>(
        "mail.links.reset", text(link_url),
        "The page of yours that the link to a new password leads to: {token} stands for the token.",
        "a page of this server"),

    setting<&C::events, &EventSettings::record_refreshes>(
        "events.record_refreshes", flag(), "Whether every refresh is an event; security events always are."),
    setting<&C::events, &EventSettings::retention>("events.retention", duration(1 * h, 3650 * d),
                                                   "How long events are kept."),

    setting<&C::cleanup, &CleanupSettings::every>(
        "cleanup.every", duration(1 * s, 1 * d),
        "How often expired records are deleted, by one of the servers on a store; the same on each of them."),

    setting<&C::log, &LogSettings::level>("log.level", choice("debug,info,warn,error"),
                                          "The least severe lines that are written."),
    setting<&C::log, &LogSettings::format>(
        "log.format", choice("auto,json,pretty"),
        "One JSON object a line, or lines for people; auto asks whether it is a terminal."),
});

using P = PluginBlock;

constexpr auto plugin_table = std::to_array<PluginKey>({
    plugin_key<&P::name>("name", text(plugin_name), "What the settings above call it.", "refused"),
    plugin_key<&P::library>("library", text(plugin_library), "The file, looked up in plugin_path, or an absolute path.",
                            "the name"),
    plugin_key<&P::sha256>("sha256", text(sha256_digits),
                           "The SHA-256 the file must have, as plugins inspect prints it.", "not checked"),
    plugin_key<&P::max_calls>("max_calls", number(1, 4096), "Calls that may run inside it at a time."),
    plugin_key<&P::call_timeout>("call_timeout", duration(1 * ms, 1 * min), "The longest a call may take."),
});

}  // namespace

const ValueRule storage_chain_rule = list(plugin_name);

std::span<const Setting> settings() noexcept { return table; }

std::span<const PluginKey> plugin_keys() noexcept { return plugin_table; }

const Setting* find_setting(std::string_view path) noexcept {
  const auto found = std::find_if(table.begin(), table.end(), [&](const Setting& entry) { return entry.path == path; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace gatehouse::app
