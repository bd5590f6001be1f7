// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/call.h"
#include "base/result.h"
#include "providers/storage.h"
#include "sessions/session.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::sessions {

// Sessions in the store. Any thread. Errors are those of Storage; a record that cannot be a session is Internal.
class SessionStore {
 public:
  SessionStore(providers::Storage& storage, providers::KindId kind) : storage_(storage), kind_(kind) {}

  Result<std::optional<Session>> get(std::string_view tenant, std::string_view user, std::string_view id,
                                     const Call& call) const;

  providers::KindId kind() const noexcept { return kind_; }
  // Whether what a session is read to be may be undone behind its reader: a write in doubt has made it so in one of
  // several processes, and the others take over without it.
  bool may_be_undone() const noexcept { return storage_.shared(kind_) && !storage_.durable(kind_); }

  struct Listed {
    std::vector<Session> sessions;
    std::string next_cursor;
  };
  // One user's sessions, oldest first, revoked and expired ones that are still stored included.
  Result<Listed> list(std::string_view tenant, std::string_view user, std::uint32_t limit, std::string_view cursor,
                      const Call& call) const;

  // The write that stores `session` over the version it was read with. `values` is encode(session) and, like the
  // session, outlives the commit.
  providers::Write put(const Session& session, const std::vector<providers::Value>& values) const;
  // The write that deletes it, of whatever version it was read with.
  providers::Write erase(const Session& session) const;

 private:
  providers::Storage& storage_;
  providers::KindId kind_;
};

}  // namespace gatehouse::sessions
