// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/result.h"
#include "providers/keys.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {
class Random;
}

namespace gatehouse::tokens {

// Purpose of the signing key in the key provider.
inline constexpr std::string_view access_purpose = "access";

struct AccessClaims {
  std::string subject;  // user id
  std::string tenant;
  std::string session;
  std::string token_id;  // jti
  std::string email;
  std::string role;
  std::vector<std::string> permissions;
  Time auth_time{};
  Time issued_at{};   // whole seconds
  Time expires_at{};  // whole seconds
};

struct AccessTokenConfig {
  std::string issuer = "gatehouse";
  std::string audience = "gatehouse";
  providers::Algorithm algorithm = providers::Algorithm::ES256;
  std::chrono::seconds ttl{900};
  std::chrono::seconds leeway{0};      // clock skew allowed for exp and nbf
  std::size_t cache_entries = 65'536;  // verified signatures remembered; 0: none
};

// Access tokens: JWS compact (RFC 7515) with typ at+jwt (RFC 9068), one configured algorithm, keys by `kid` from the
// key provider. Verification checks structure, header, signature, then claims, in that order, and gives one error for
// everything but expiry. A verified signature is remembered by the hash of the whole token; claims and time are judged
// every time. Any thread.
class AccessTokens {
 public:
  AccessTokens(AccessTokenConfig config, providers::Keys& keys);
  ~AccessTokens();

  // Reads the keys of the purpose. Start-up and after a rotation; an unknown kid never triggers it.
  Result<void> reload_keys(const Call& call);

  // Signs `claims` (issuer, audience, nbf are added; expires_at as given).
  Result<std::string> mint(const AccessClaims& claims, const Call& call);

  // Errors: TokenInvalid; TokenExpired when everything else is right (and then, with `allow_expired`, no error).
  Result<AccessClaims> verify(std::string_view token, const Call& call, bool allow_expired = false);

  // The JWK Set (RFC 7517) of every key that verifies or will sign; `keys` is empty for HS256.
  std::string jwks() const;

  const AccessTokenConfig& config() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gatehouse::tokens
