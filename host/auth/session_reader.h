// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts/user_store.h"
#include "sessions/session_store.h"

#include <optional>
#include <string_view>

namespace gatehouse::auth {

// A session and the user it is of, each where it is there.
struct SessionAndUser {
  std::optional<sessions::Session> session;
  Result<std::optional<accounts::UserGate>> user = std::optional<accounts::UserGate>();
};

// Reads a session together with its user: a token names both, so that one journey to a store that holds both is enough.
// The two records may be of two moments. Where their epochs differ both are read once more, so that a session which was
// spared when all others ended is not refused for it; what the second reading says stands. Any thread.
class SessionReader {
 public:
  // All of them outlive the reader.
  SessionReader(providers::Storage& storage, const sessions::SessionStore& sessions, const accounts::UserStore& users)
      : storage_(storage), sessions_(sessions.kind()), users_(users.kind()) {}

  // Errors are those of Storage; Internal also for a record that cannot be a session, or has values of other types. A
  // user whose status nobody knows is the error of `user` alone, for whoever gets to look at it.
  Result<SessionAndUser> read(std::string_view tenant, std::string_view user, std::string_view session,
                              const Call& call) const;

 private:
  Result<SessionAndUser> read_once(std::string_view tenant, std::string_view user, std::string_view session,
                                   const Call& call) const;

  providers::Storage& storage_;
  const providers::KindId sessions_;
  const providers::KindId users_;
};

}  // namespace gatehouse::auth
