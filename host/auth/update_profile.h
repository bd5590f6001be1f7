// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts/user_store.h"
#include "auth/client.h"
#include "events/event_log.h"

#include <optional>
#include <string>

namespace gatehouse::auth {

// What users may change about themselves; empty: stays as it is. Values have been read by accounts/names.h.
struct ProfileChange {
  std::optional<std::string> first_name;
  std::optional<std::string> last_name;
  std::optional<std::string> name;
  std::optional<std::string> phone;  // an empty text takes it away
};

// Changes a user's own data (spec A6). A shown name that was made of the first and last one follows them. Any thread.
// Errors: SessionRevoked, ProviderUnavailable, InDoubt, Internal.
class UpdateProfile {
 public:
  UpdateProfile(accounts::UserStore& users, const events::EventLog& events) : users_(users), events_(events) {}

  // The user as stored now.
  Result<accounts::User> run(std::string_view user, const ProfileChange& change, const Client& client,
                             const Call& call) const;

 private:
  accounts::UserStore& users_;
  const events::EventLog& events_;
};

}  // namespace gatehouse::auth
