// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/result.h"
#include "base/secret.h"
#include "sessions/session.h"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {
class Random;
namespace tokens {
class AccessTokens;
class RefreshTokens;
}  // namespace tokens
}  // namespace gatehouse

namespace gatehouse::auth {

// What access tokens and answers say about a user.
struct Identity {
  std::string id;
  std::string tenant;
  std::string email;
  std::string name;
  std::string first_name;
  std::string last_name;
  bool email_verified = false;
  std::string user_type;
  std::string role;
  std::vector<std::string> permissions;
};

struct TokenPair {
  Secret<std::string> access_token;
  Secret<std::string> refresh_token;
  std::chrono::seconds expires_in{0};  // of the access token
  Time session_expires_at{};
  Time reauthenticate_at{};
};

// How long after authentication sensitive routes are open (spec T7).
inline constexpr std::chrono::minutes recent_authentication{5};

// Makes the two tokens of a session as it stands. Called before the session is written, so that whatever can fail has
// failed before anything is spent. Any thread.
class TokenIssuer {
 public:
  TokenIssuer(tokens::AccessTokens& access, tokens::RefreshTokens& refresh, Random& random)
      : access_(access), refresh_(refresh), random_(random) {}

  // A new jti that also says which generation it belongs to. Empty: no randomness.
  std::string make_token_id(std::uint64_t generation, Time now) const;
  // The generation in a jti made here; empty: it is not one.
  static std::optional<std::uint64_t> generation_of(std::string_view token_id);

  // `token_id` becomes the access token's jti. Errors: ProviderUnavailable, Internal.
  Result<TokenPair> issue(const sessions::Session& session, const Identity& identity, std::string_view token_id,
                          const Call& call) const;

 private:
  tokens::AccessTokens& access_;
  tokens::RefreshTokens& refresh_;
  Random& random_;
};

}  // namespace gatehouse::auth
