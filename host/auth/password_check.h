// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts/user.h"
#include "auth/client.h"
#include "base/call.h"
#include "base/result.h"
#include "base/secret.h"
#include "crypto/password_hash.h"
#include "events/event_log.h"

#include <string>

namespace gatehouse::auth {

// Whether somebody who is logged in knows the account's password, over the turns of one read-decide-write loop: the
// work of hashing is done again only when the stored hash is another one. One request, one thread, in the hash lane.
class PasswordCheck {
 public:
  PasswordCheck(const crypto::PasswordHash& hash, events::EventLog& events) : hash_(hash), events_(events) {}

  // Errors: InvalidCredentials, which is also an event; ProviderUnavailable, Internal.
  Result<void> demand(const accounts::User& user, const Secret<std::string>& password, const Client& client,
                      crypto::HashArena& arena, const Call& call);

 private:
  const crypto::PasswordHash& hash_;
  events::EventLog& events_;
  std::string verified_;
};

}  // namespace gatehouse::auth
