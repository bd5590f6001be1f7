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
  Time auth_time{};   // whole seconds in the token
  Time issued_at{};   // whole seconds
  Time expires_at{};  // whole seconds

  bool operator==(const AccessClaims&) const = default;
};

struct AccessTokenConfig {
  std::string issuer = "gatehouse";
  std::string audience = "gatehouse";
  providers::Algorithm algorithm = providers::Algorithm::ES256;  // of the key that start-up asks for
  std::chrono::seconds ttl{900};
  std::chrono::seconds leeway{0};      // clock skew allowed for exp, nbf and iat
  std::size_t cache_entries = 65'536;  // verified signatures remembered; 0: none
};

// Access tokens: JWS compact (RFC 7515) with typ at+jwt (RFC 9068), keys by `kid` from the key provider, each with its
// own algorithm: after a change of `tokens.algorithm` the former keys go on verifying. A token is at most 8 KiB, its
// header says alg, kid and typ and nothing else. Verification checks structure, header, signature, then claims, in that
// order, and gives one error for everything but expiry. A verified signature is remembered by the hash of the whole
// token; whether its key still verifies and its time is right is judged every time. Any thread.
class AccessTokens {
 public:
  AccessTokens(AccessTokenConfig config, providers::Keys& keys);
  ~AccessTokens();

  // Reads the keys of the purpose. Start-up and after a rotation; an unknown kid never triggers it. On an error (those
  // of Keys::list; Internal for keys that cannot be used) the former keys stay.
  Result<void> reload_keys(const Call& call);

  // Signs `claims` (issuer, audience, nbf are added; expires_at as given) with the key that is current since the last
  // reload. Errors: ProviderUnavailable; Internal, also for claims that make a token of more than 8 KiB.
  Result<std::string> mint(const AccessClaims& claims, const Call& call);

  // Errors: TokenInvalid; TokenExpired when everything else is right (and then, with `allow_expired`, no error);
  // ProviderUnavailable before the first reload_keys, and for HS256, whose signatures only the provider can check.
  Result<AccessClaims> verify(std::string_view token, const Call& call, bool allow_expired = false);

  // The JWK Set (RFC 7517) of every key that verifies or will sign; `keys` is empty for HS256.
  std::string jwks() const;

  const AccessTokenConfig& config() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gatehouse::tokens
