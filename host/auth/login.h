// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts/gate.h"
#include "accounts/user_store.h"
#include "auth/failed_password.h"
#include "auth/lockout.h"
#include "auth/revocation.h"
#include "auth/session_opener.h"
#include "base/metrics.h"
#include "crypto/password_hash.h"

#include <string>

namespace gatehouse::auth {

struct LoginRequest {
  std::string email;  // normalised
  Secret<std::string> password;
  bool remember = false;
  Client client;
};

struct LoggedIn {
  TokenPair tokens;
  Identity identity;
};

enum class Unverified : std::uint8_t { AsTheGateSays, Hidden };

// Password login (spec A2): one answer for an unknown user, a wrong password and a disabled account, after the same
// work, and one for all of them under a lock. With `Unverified::Hidden` an account whose address is not verified yet is
// like an unknown one: who signed up with somebody else's address must not learn by logging in whether that opened an
// account. Runs in the hash lane; any worker. Errors: InvalidCredentials; EmailNotVerified (only after the right
// password); AccountLocked with retry_after, whether or not the password is right; ProviderUnavailable, InDoubt,
// Internal.
class Login {
 public:
  Login(accounts::UserStore& users, const sessions::SessionStore& sessions, const crypto::PasswordHash& hash,
        const SessionOpener& opener, const Revocation& revocation, const Lockout& lockout,
        const FailedPassword& failed_password, events::EventLog& events, accounts::GatePolicy gate_policy,
        Unverified unverified, MetricRegistry& metrics);

  Result<LoggedIn> run(const LoginRequest& request, crypto::HashArena& arena, const Call& call) const;

 private:
  Result<LoggedIn> attempt(const LoginRequest& request, crypto::HashArena& arena, const Call& call) const;
  Result<LoggedIn> fail(const accounts::User* user, Code code, LockoutTrial& trial, const LoginRequest& request,
                        const Call& call) const;
  // Empty: a record changed since it was read.
  Result<std::optional<LoggedIn>> open_session(accounts::User user, LockoutTrial& trial, const LoginRequest& request,
                                               const Call& call) const;

  accounts::UserStore& users_;
  const sessions::SessionStore& sessions_;
  const crypto::PasswordHash& hash_;
  const SessionOpener& opener_;
  const Revocation& revocation_;
  const Lockout& lockout_;
  const FailedPassword& failed_password_;
  events::EventLog& events_;
  accounts::GatePolicy gate_policy_;
  Unverified unverified_;
  Counter& succeeded_;
  Counter& refused_;
  Counter& failed_;
};

}  // namespace gatehouse::auth
