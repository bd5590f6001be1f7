// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts/email.h"
#include "accounts/gate.h"
#include "accounts/password_policy.h"
#include "accounts/user_store.h"
#include "auth/limits.h"
#include "auth/lockout.h"
#include "auth/session_opener.h"
#include "base/metrics.h"
#include "crypto/password_hash.h"
#include "mail/outbox.h"
#include "sessions/session_store.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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
// With a first session the client's address is known to the account, as after a login.
// Without a first session sign-up is discreet: the owner of a taken address is told by mail, and an account that was
// never confirmed nor logged in to loses its names and a password that the other one does not have. Runs in the hash
// lane; any worker. Errors: PasswordPolicy (an entry a rule), RateLimited, DuplicateEmail, ProviderUnavailable,
// InDoubt, Internal.
class Signup {
 public:
  Signup(accounts::UserStore& users, const sessions::SessionStore& sessions, const crypto::PasswordHash& hash,
         const SessionOpener& opener, const events::EventLog& events, const Limits& limits, const mail::Outbox& outbox,
         const Lockout& lockout, accounts::PasswordProfile policy, accounts::GatePolicy gate_policy,
         FirstSession first_session, Random& random, MetricRegistry& metrics);

  Result<SignedUp> run(const SignupRequest& request, crypto::HashArena& arena, const Call& call) const;

 private:
  Result<SignedUp> attempt(const SignupRequest& request, crypto::HashArena& arena, const Call& call) const;
  // For a taken address. Nobody knows whether an account that was never confirmed, nor logged in to, is its opener's or
  // that of whoever signs up now, so unless both have the same password it loses its own, and with it what the opener
  // could do once the mailbox's owner confirms the address; that owner gets a link to choose one.
  Result<void> settle_with_owner(const SignupRequest& request, bool too_many_mails, crypto::HashArena& arena,
                                 const Call& call) const;
  Result<void> remove_password(accounts::User& user, events::EventBatch& batch, const Client& client,
                               const Call& call) const;
  Result<void> write_to_owner(mail::MailBatch& mails, const accounts::User& user, mail::Template what,
                              std::string_view ip, const Call& call) const;

  accounts::UserStore& users_;
  const sessions::SessionStore& sessions_;
  const crypto::PasswordHash& hash_;
  const SessionOpener& opener_;
  const events::EventLog& events_;
  const Limits& limits_;
  const mail::Outbox& outbox_;
  const Lockout& lockout_;
  accounts::PasswordProfile policy_;
  accounts::GatePolicy gate_policy_;
  FirstSession first_session_;
  Random& random_;
  Counter& succeeded_;
  Counter& refused_;
  Counter& failed_;
};

}  // namespace gatehouse::auth
