// SPDX-License-Identifier: Apache-2.0
#include "auth/token_issuer.h"

#include "base/random.h"
#include "tokens/access_token.h"
#include "tokens/refresh_token.h"

#include <algorithm>
#include <charconv>

namespace gatehouse::auth {

std::string TokenIssuer::make_token_id(std::uint64_t generation, Time now) const {
  auto id = make_uuid7(random_, now);
  if (!id.empty()) id.append(".").append(std::to_string(generation));
  return id;
}

std::optional<std::uint64_t> TokenIssuer::generation_of(std::string_view token_id) {
  const auto dot = token_id.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto digits = token_id.substr(dot + 1);
  std::uint64_t generation = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), generation);
  if (failed != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return generation;
}

Result<TokenPair> TokenIssuer::issue(const sessions::Session& session, const Identity& identity,
                                     std::string_view token_id, const Call& call) const {
  const auto issued_at = std::chrono::floor<std::chrono::seconds>(call.now);
  // An access token never outlives its session.
  const auto expires_at = std::min<Time>(issued_at + access_.config().ttl, sessions::ends_at(session));

  tokens::AccessClaims claims;
  claims.subject = identity.id;
  claims.tenant = session.tenant;
  claims.session = session.id;
  claims.token_id = token_id;
  claims.email = identity.email;
  claims.role = identity.role;
  claims.permissions = identity.permissions;
  claims.auth_time = session.auth_time;
  claims.issued_at = issued_at;
  claims.expires_at = std::chrono::floor<std::chrono::seconds>(expires_at);
  auto access = access_.mint(claims, call);
  if (!access) return access.error();

  auto refresh = refresh_.derive({.tenant = session.tenant,
                                  .user = session.user,
                                  .session = session.id,
                                  .generation = session.rotation.generation},
                                 session.salt, call);
  if (!refresh) return refresh.error();

  return TokenPair{Secret<std::string>(std::move(*access)), std::move(*refresh),
                   std::chrono::duration_cast<std::chrono::seconds>(claims.expires_at - claims.issued_at),
                   sessions::ends_at(session), session.auth_time + recent_authentication};
}

}  // namespace gatehouse::auth
