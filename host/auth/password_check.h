// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts/user.h"
#include "auth/client.h"
#include "auth/failed_password.h"
#include "auth/lockout.h"
#include "base/call.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/password_hash.h"
#include "events/event_log.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::auth {

// Whether somebody who is logged in knows the account's password, over the turns of one read-decide-write loop: the
// work of hashing is done again only when the stored hash is another one. Wrong ones are counted by session, so that
// whoever has a stolen one cannot try passwords without end, and whoever guesses from outside does not keep the owner's
// session from anything. The right one makes the address it came from known, as a login does. One request, one thread,
// in the hash lane.
class PasswordCheck {
 public:
  // `session` is the caller's and outlives this.
  PasswordCheck(const crypto::PasswordHash& hash, const Lockout& lockout, const FailedPassword& failed,
                std::string_view session)
      : hash_(hash), lockout_(lockout), failed_(failed), session_(session) {}

  // Errors: InvalidCredentials, which is also an event; AccountLocked with retry_after, whether or not the password is
  // right; ProviderUnavailable, InDoubt, Internal.
  Result<void> demand(const accounts::User& user, const Secret<std::string>& password, const Client& client,
                      crypto::HashArena& arena, const Call& call);
  // After each demand that went well: the writes to commit with what it was demanded for. `password_since`: of the
  // password the account has then. Borrows from this.
  void append(std::vector<providers::Write>& writes, Time password_since);

 private:
  const crypto::PasswordHash& hash_;
  const Lockout& lockout_;
  const FailedPassword& failed_;
  std::string_view session_;
  std::string verified_;
  std::optional<LockoutTrial> trial_;
};

}  // namespace gatehouse::auth
