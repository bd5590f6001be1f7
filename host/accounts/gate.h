// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts/user.h"

#include <cstdint>

namespace gatehouse::accounts {

struct GatePolicy {
  bool require_verified_email = false;
};

enum class GateOutcome : std::uint8_t {
  Allowed,
  Deleted,
  Disabled,
  StaleEpoch,  // every session of that time has been revoked
  Unverified,
};

// The one gate before any token is given out, whatever the grant (login, refresh, sign-up, reset, a provider's word).
// `presented_epoch` is the epoch the session began in; for a grant that begins a session it is the user's own. An epoch
// from the future is stale too: it belongs to writes that the store has lost.
// A lock after wrong passwords is no matter of the gate: it bars guessing, and whoever is logged in goes on
// (auth/lockout.h).
GateOutcome may_issue_tokens(const Standing& user, std::int64_t presented_epoch, const GatePolicy& policy) noexcept;

}  // namespace gatehouse::accounts
