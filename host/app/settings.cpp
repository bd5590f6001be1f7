// SPDX-License-Identifier: Apache-2.0
#include "app/settings.h"

#include "app/config_forms.h"

#include <algorithm>

namespace gatehouse::app {
namespace {

using namespace std::chrono_literals;

providers::Algorithm algorithm(TokenAlgorithm algorithm) {
  switch (algorithm) {
    case TokenAlgorithm::ES256: return providers::Algorithm::ES256;
    case TokenAlgorithm::EdDSA: return providers::Algorithm::EdDSA;
    case TokenAlgorithm::RS256: return providers::Algorithm::RS256;
    case TokenAlgorithm::HS256: return providers::Algorithm::HmacSha256;
  }
  return providers::Algorithm::ES256;
}

accounts::PasswordProfile profile(PolicyProfile profile) {
  switch (profile) {
    case PolicyProfile::Classic: return accounts::PasswordProfile::Classic;
    case PolicyProfile::Nist: return accounts::PasswordProfile::Nist;
    case PolicyProfile::Short: return accounts::PasswordProfile::Short;
  }
  return accounts::PasswordProfile::Classic;
}

auth::RateLimit limit(const Rate& rate) { return {rate.limit, std::chrono::ceil<std::chrono::seconds>(rate.window)}; }

// A worker stops after half of it, and may need as long as all transports together before that. No shorter than what
// the clocks of two nodes may differ by.
std::chrono::seconds mail_lease(const Config& config) {
  std::chrono::milliseconds longest{0};
  for (const auto& name : config.mail.deliver_via) {
    if (const auto* plugin = config.plugin(name)) longest += plugin->call_timeout;
  }
  return std::clamp(std::chrono::ceil<std::chrono::seconds>(2 * longest), 30s, 120s);
}

// libargon2 needs the blocks and nothing else in the arena; a little room for their alignment.
constexpr std::size_t arena_margin = 64 * 1024;

}  // namespace

sessions::RotationPolicy rotation_policy(const TokenSettings& tokens) {
  sessions::RotationPolicy policy;
  switch (tokens.rotation) {
    case RotationProfile::Strict: break;
    case RotationProfile::Balanced: policy = {.window = 10s}; break;
    case RotationProfile::Mobile: policy = {.window = 10s, .late = 24h, .late_budget = 3}; break;
  }
  if (tokens.grace) policy.window = *tokens.grace;
  if (tokens.late_window) policy.late = *tokens.late_window;
  if (tokens.late_budget) policy.late_budget = *tokens.late_budget;
  return policy;
}

auth::LockoutPolicy lockout_policy(const LockoutSettings& lockout) {
  auth::LockoutPolicy policy;
  policy.enabled = lockout.enabled;
  policy.attempts = lockout.max_attempts;
  policy.per_address = lockout.max_attempts_per_address.value_or(2 * lockout.max_attempts);
  policy.per_account = lockout.max_attempts_per_account;
  policy.window = lockout.window;
  policy.duration = lockout.duration;
  policy.known_for = lockout.known_for;
  return policy;
}

ServiceSettings service_settings(const Config& config) {
  ServiceSettings settings;
  // Only in dev may it be missing, and there the listener is what links lead to.
  settings.public_url = config.public_url.empty() ? "http://" + config.server.listen : config.public_url;
  settings.access_tokens.issuer = config.tokens.issuer;
  settings.access_tokens.audience = config.tokens.audience;
  settings.access_tokens.algorithm = algorithm(config.tokens.algorithm);
  settings.access_tokens.ttl = config.tokens.access_ttl;
  settings.access_tokens.leeway = config.tokens.leeway;

  settings.sessions.idle_ttl = config.sessions.idle_ttl;
  settings.sessions.absolute_ttl = config.sessions.absolute_ttl;
  settings.sessions.remember_idle_ttl = config.sessions.remember_idle_ttl;
  settings.sessions.remember_absolute_ttl = config.sessions.remember_absolute_ttl;
  settings.sessions.max_per_user = config.sessions.max_per_user;
  settings.sessions.rotation = rotation_policy(config.tokens);
  settings.on_reuse =
      config.tokens.on_reuse == OnReuse::RevokeUser ? auth::OnReuse::RevokeUser : auth::OnReuse::RevokeSession;

  settings.password_profile = profile(config.passwords.policy);
  settings.hash.memory_kib = static_cast<std::uint32_t>(config.passwords.hash.memory / 1024);
  settings.hash.passes = config.passwords.hash.passes;
  settings.hash.lanes = config.passwords.hash.lanes;

  settings.limits.enabled = config.rate_limit.enabled;
  settings.limits.login = limit(config.rate_limit.login);
  settings.limits.signup = limit(config.rate_limit.signup);
  settings.limits.refresh = limit(config.rate_limit.refresh);
  settings.limits.resend = limit(config.rate_limit.resend);
  settings.limits.forgot = limit(config.rate_limit.forgot);
  settings.limits.export_account = limit(config.rate_limit.export_account);
  settings.limits.invalid_token = limit(config.rate_limit.invalid_token);
  settings.limits.other = limit(config.rate_limit.other);

  settings.lockout = lockout_policy(config.lockout);

  settings.handlers.signup_enabled = config.signup.enabled;
  settings.handlers.reveal_existing = config.signup.reveal_existing;
  settings.handlers.login_min_response = config.login.min_response;
  settings.handlers.login_max_jitter = config.login.max_jitter;

  const auto sender = mail_sender_of(config.mail.from);
  settings.mail_answers.least = config.mail.min_response;
  settings.mail_answers.jitter = config.login.max_jitter;
  settings.mail_templates = config.mail.templates;
  settings.delivery.poll = config.mail.poll;
  settings.outbox.verify_ttl = config.mail.verify_ttl;
  settings.outbox.reset_ttl = config.mail.reset_ttl;
  settings.outbox.from_domain = sender.address.substr(sender.address.rfind('@') + 1);
  settings.delivery.public_url = settings.public_url;
  settings.delivery.verify_link = config.mail.verify_link;
  settings.delivery.reset_link = config.mail.reset_link;
  settings.delivery.base_path = config.server.base_paths.front();
  settings.delivery.from_address = sender.address;
  settings.delivery.from_name = sender.name;
  settings.delivery.lease = mail_lease(config);
  settings.delivery.tenants = settings.handlers.tenants.names;

  settings.events.retention = config.events.retention;
  settings.events.record_refreshes = config.events.record_refreshes;
  return settings;
}

http::FrontConfig front_config(const Config& config, unsigned request_places) {
  http::FrontConfig front;
  front.listen = config.server.listen;
  front.base_paths = config.server.base_paths;
  front.trusted_proxies = config.server.trusted_proxies;
  front.allowed_origins = config.cors.allowed_origins;
  front.public_url = config.public_url;
  front.threads = config.server.threads;
  for (const auto& plugin : config.plugins) front.most_stuck += plugin.max_calls;
  // Fewer than a plugin has places, so that waiting callers never find it full; some are for the hash workers, mails
  // and maintenance. No more than fill the places a plugin has by itself: a thread costs memory.
  constexpr unsigned others = 8;
  const auto places = std::min(request_places, PluginBlock().max_calls);
  front.most_threads = places > others ? places - others : 0;
  front.hsts = config.server.hsts;
  auto& limits = front.limits;
  limits.max_connections = config.server.max_connections;
  limits.max_connections_per_address = config.server.max_connections_per_address;
  limits.head_deadline = config.server.head_timeout;
  limits.body_deadline = config.server.body_timeout;
  limits.handler_deadline = config.server.handler_timeout;
  limits.write_deadline = config.server.write_timeout;
  limits.idle_deadline = config.server.idle_timeout;
  limits.drain_delay = config.server.drain_delay;
  limits.shutdown_grace = config.server.shutdown_grace;
  return front;
}

http::FrontConfig management_config(const Config& config, unsigned request_places) {
  auto front = front_config(config, request_places);
  front.listen = config.server.management;
  front.base_paths.clear();
  front.allowed_origins.clear();
  front.trusted_proxies.clear();
  // Probes and scrapers only; few threads and few connections, and never in the way of the main listener.
  front.threads = 1;
  front.limits.max_connections = 64;
  front.limits.drain_delay = 0ms;
  return front;
}

crypto::HashPoolConfig hash_pool_config(const Config& config) {
  crypto::HashPoolConfig pool;
  pool.workers = config.passwords.workers;
  pool.arena_bytes = static_cast<std::size_t>(config.passwords.hash.memory) + arena_margin;
  pool.max_queue = config.passwords.max_queue;
  pool.max_wait = config.passwords.max_wait;
  return pool;
}

}  // namespace gatehouse::app
