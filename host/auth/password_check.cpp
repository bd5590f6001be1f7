// SPDX-License-Identifier: Apache-2.0
#include "auth/password_check.h"

#include "auth/session_opener.h"

#include <utility>

namespace gatehouse::auth {

Result<void> PasswordCheck::demand(const accounts::User& user, const Secret<std::string>& password,
                                   const Client& client, crypto::HashArena& arena, const Call& call) {
  const Claimant who{user.email_normalized, client.address, session_, accounts::password_since(user)};
  auto begun = lockout_.begin(who, call);
  if (!begun) return begun.error();
  trial_ = std::move(*begun);
  if (auto refused = trial_->refusal()) {
    lockout_.count_refusal();
    return std::move(*refused);
  }
  if (!verified_.empty() && user.password_hash == verified_) return {};
  if (!hash_.verify(password, user.password_hash, arena).matches) {
    auto event = user_event(events::Type::UserLoginFailed, user.id, client);
    event.payload = R"({"reason":"confirmation"})";
    return failed_.record(&user, who, *trial_, std::move(event), Code::InvalidCredentials, call);
  }
  verified_ = user.password_hash;
  return {};
}

void PasswordCheck::append(std::vector<providers::Write>& writes, Time password_since) {
  trial_->renew(password_since);
  trial_->succeed();
  trial_->append(writes);
}

}  // namespace gatehouse::auth
