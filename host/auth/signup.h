// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts/email.h"
#include "accounts/gate.h"
#include "accounts/password_policy.h"
#include "accounts/user_store.h"
#include "auth/limits.h"
#include "auth/session_opener.h"
#include "base/metrics.h"
#include "crypto/password_hash.h"
#include "mail/outbox.h"
#include "sessions/session_store.h"

#include <cstdint>
#include <optional>
#include <string>

namespace gatehouse {
class Random;
}

namespace gatehouse::auth {

struct SignupRequest {
  accounts::EmailAddress email;
  Secret<std::string> password;
  std::string first_name;
  std::string last_name;
  std::string name;
  std::string phone;
  bool remember = false;
  Client client;
};

struct SignedUp {
  std::optional<TokenPair> tokens;  // empty: the account is there, but may not be given tokens yet
  Identity identity;
};

// Whether a new account gets its first session with it.
enum class FirstSession : std::uint8_t { Open, None };

// A new account with its first session, its verification mail and its events, in one commit or not at all (spec A1).
// Without a first session sign-up is discreet: the owner of a taken address is told by mail. Runs in the hash lane; any
// worker. Errors: PasswordPolicy (an entry a rule), RateLimited, DuplicateEmail, ProviderUnavailable, InDoubt,
// Internal.
class Signup {
 public:
  Signup(accounts::UserStore& users, const sessions::SessionStore& sessions, const crypto::PasswordHash& hash,
         const SessionOpener& opener, const events::EventLog& events, const Limits& limits, const mail::Outbox& outbox,
         accounts::PasswordProfile policy, accounts::GatePolicy gate_policy, FirstSession first_session, Random& random,
         MetricRegistry& metrics);

  Result<SignedUp> run(const SignupRequest& request, crypto::HashArena& arena, const Call& call) const;

 private:
  Result<SignedUp> attempt(const SignupRequest& request, crypto::HashArena& arena, const Call& call) const;
  // A mail to whoever has the address already.
  Result<void> tell_owner(const SignupRequest& request, const Call& call) const;

  accounts::UserStore& users_;
  const sessions::SessionStore& sessions_;
  const crypto::PasswordHash& hash_;
  const SessionOpener& opener_;
  const events::EventLog& events_;
  const Limits& limits_;
  const mail::Outbox& outbox_;
  accounts::PasswordProfile policy_;
  accounts::GatePolicy gate_policy_;
  FirstSession first_session_;
  Random& random_;
  Counter& succeeded_;
  Counter& refused_;
  Counter& failed_;
};

}  // namespace gatehouse::auth
