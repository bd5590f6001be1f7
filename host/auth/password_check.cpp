// SPDX-License-Identifier: Apache-2.0
#include "auth/password_check.h"

#include "auth/session_opener.h"

#include <utility>

namespace gatehouse::auth {

Result<void> PasswordCheck::demand(const accounts::User& user, const Secret<std::string>& password,
                                   const Client& client, crypto::HashArena& arena, const Call& call) {
  if (!verified_.empty() && user.password_hash == verified_) return {};
  if (!hash_.verify(password, user.password_hash, arena).matches) {
    auto event = user_event(events::Type::UserLoginFailed, user.id, client);
    event.payload = R"({"reason":"confirmation"})";
    const auto written = events_.write(std::move(event), call);
    if (!written) return written.error();
    return Error{Code::InvalidCredentials};
  }
  verified_ = user.password_hash;
  return {};
}

}  // namespace gatehouse::auth
