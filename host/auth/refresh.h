// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts/gate.h"
#include "auth/client.h"
#include "auth/revocation.h"
#include "auth/session_reader.h"
#include "auth/token_issuer.h"
#include "base/metrics.h"
#include "tokens/refresh_token.h"

#include <array>

namespace gatehouse::auth {

enum class OnReuse : std::uint8_t { RevokeUser, RevokeSession };

struct RefreshRequest {
  Secret<std::string> token;
  std::string attempt;  // digest of the retry key (Idempotency-Key), or empty
  Client client;
};

struct Refreshed {
  TokenPair tokens;
  Identity identity;
};

// The exchange of a refresh token for its successor: docs/refresh-rotation.md. Any thread.
//
// Errors: TokenInvalid (no such token was ever given out), TokenExpired, SessionRevoked, TokenReused (and the session,
// or the user's every session, has ended), ProviderUnavailable and InDoubt (nothing was decided; a client that repeats
// the request with the same retry key loses nothing), Internal.
class Refresh {
 public:
  Refresh(const SessionReader& reader, const sessions::SessionStore& sessions, tokens::RefreshTokens& refresh_tokens,
          const TokenIssuer& issuer, const Revocation& revocation, events::EventLog& events,
          sessions::SessionPolicy policy, accounts::GatePolicy gate_policy, OnReuse on_reuse, MetricRegistry& metrics);

  // Decodes and authenticates the outside of a token; no store is touched.
  Result<tokens::PresentedRefreshToken> open(const Secret<std::string>& token, const Call& call) const;
  Result<Refreshed> run(const tokens::PresentedRefreshToken& token, const RefreshRequest& request,
                        const Call& call) const;

 private:
  // One read-decide-write; empty: another request wrote in between, decide again.
  Result<std::optional<Refreshed>> attempt(const tokens::PresentedRefreshToken& token, const RefreshRequest& request,
                                           const Call& call) const;
  Result<bool> store(const sessions::Session& session, const events::EventBatch& batch, const Call& call) const;
  Result<std::optional<Refreshed>> reused(const sessions::Session& session, const RefreshRequest& request,
                                          const Call& call) const;
  void count(const Result<Refreshed>& outcome) const;

  const SessionReader& reader_;
  const sessions::SessionStore& sessions_;
  tokens::RefreshTokens& refresh_tokens_;
  const TokenIssuer& issuer_;
  const Revocation& revocation_;
  events::EventLog& events_;
  sessions::SessionPolicy policy_;
  accounts::GatePolicy gate_policy_;
  OnReuse on_reuse_;
  Counter& rotated_;
  Counter& grace_;
  Counter& expired_;
  Counter& reuse_;
  Counter& revoked_;
  Counter& refused_;
  Counter& failed_;
};

}  // namespace gatehouse::auth
