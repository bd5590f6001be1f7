// SPDX-License-Identifier: Apache-2.0
#include "accounts/gate.h"

namespace gatehouse::accounts {

GateOutcome may_issue_tokens(const Standing& user, std::int64_t presented_epoch, const GatePolicy& policy) noexcept {
  switch (user.status) {
    case UserStatus::Active: break;
    case UserStatus::Disabled: return GateOutcome::Disabled;
    default: return GateOutcome::Deleted;
  }
  if (presented_epoch != user.session_epoch) return GateOutcome::StaleEpoch;
  if (policy.require_verified_email && !user.email_verified) return GateOutcome::Unverified;
  return GateOutcome::Allowed;
}

}  // namespace gatehouse::accounts
