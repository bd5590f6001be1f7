// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts/user_store.h"
#include "auth/lockout.h"
#include "events/event_log.h"

#include <cstdint>
#include <string_view>

namespace gatehouse::auth {

enum class Unlocked : std::uint8_t { Nobody, NothingWasLocked, Lifted };

// An operator lifts every lock of an account: the failures of all devices at it are void. Locks of whole addresses
// stay, as they are nobody's in particular. Any thread. Errors: ProviderUnavailable, InDoubt, Internal.
class Unlock {
 public:
  Unlock(accounts::UserStore& users, const Lockout& lockout, const events::EventLog& events)
      : users_(users), lockout_(lockout), events_(events) {}

  // `email` is EmailAddress::normalized; Nobody: nobody has it. Failures are void also where they had locked nothing
  // yet.
  Result<Unlocked> run(std::string_view email, const Call& call) const;

 private:
  accounts::UserStore& users_;
  const Lockout& lockout_;
  const events::EventLog& events_;
};

}  // namespace gatehouse::auth
