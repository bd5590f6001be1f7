// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts/user_store.h"
#include "auth/client.h"
#include "base/call.h"
#include "base/metrics.h"
#include "base/result.h"
#include "events/event_log.h"
#include "providers/storage.h"
#include "sessions/session_store.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gatehouse::auth {

// Who asked for the end of a session, for the events.
struct RevocationCause {
  sessions::RevokeReason reason = sessions::RevokeReason::Logout;
  events::Type event = events::Type::SessionRevoked;
  Client client;
  std::string session;  // that it is about, where all of a user's end because of one
};

// Ends sessions. When a call returns without error, no token of what it ended is accepted anywhere any more: a single
// session through its own record, all of a user's through the user's session_epoch, which every check reads.
// Errors: ProviderUnavailable and InDoubt (nobody may be told that it was done), Internal. Any thread.
class Revocation {
 public:
  Revocation(accounts::UserStore& users, const sessions::SessionStore& sessions, const events::EventLog& events,
             MetricRegistry& metrics);

  // False: the user has no such session. Ending an ended session is true, and written once more where a failover of the
  // store may have undone it.
  Result<bool> end_session(std::string_view user, std::string_view session, const RevocationCause& cause,
                           const Call& call) const;

  // Ends every session of the user, the one named `spared` excepted when there is one. How many were alive.
  Result<std::uint64_t> end_all(std::string_view user, std::optional<std::string_view> spared,
                                const RevocationCause& cause, const Call& call) const;

  // Marks the records of the sessions that began before `epoch`, which has ended them already: for whoever raised the
  // user's epoch in a commit of their own.
  Result<void> mark_ended(std::string_view user, std::int64_t epoch, const RevocationCause& cause,
                          const Call& call) const;

  // For whoever ends a session in a commit of their own: marks `session`, which that commit then has to store, and adds
  // the event; count_end when it is done.
  Result<void> prepare_end(sessions::Session& session, const RevocationCause& cause, events::EventBatch& batch,
                           const Call& call) const;
  void count_end(sessions::RevokeReason reason) const;
  // When somebody else's write (a refresh) came before such a commit's: reads the session anew and marks it. False: it
  // is not alive any more, or cannot be read.
  bool renew_end(sessions::Session& session, std::int64_t epoch, sessions::RevokeReason reason, const Call& call) const;

  // Ends `session` for reuse of its token and, with `whole_user`, every other session of the user in the same commit's
  // wake. Called with what the caller has read; reads again when it lost a race.
  Result<void> end_for_reuse(const sessions::Session& session, bool whole_user, const Client& client,
                             const Call& call) const;

  // Ends the oldest sessions until at most `limit` are alive. `session`, which was just opened, is not ended and
  // neither are younger ones: of two opened at once the younger's enforcement ends the elder, and never both each
  // other. So one more may be alive while the clocks of two servers differ, until the next one is opened.
  Result<void> enforce_limit(const sessions::Session& session, std::uint32_t limit, const Client& client,
                             const Call& call) const;

 private:
  struct Raised {
    std::int64_t epoch = 0;
    std::uint64_t ended = 0;  // records marked in the same commit
    bool told = false;        // its event tells the end of the cause's session, whether or not the record is marked
  };
  // Raises the user's epoch. In the same commit the spared session follows it, and the session the cause is about is
  // marked as ended; where sessions live in another store, and only the users' has done its part, that is made up for.
  // Empty: no such user.
  Result<std::optional<Raised>> raise_epoch(std::string_view user, std::optional<std::string_view> spared,
                                            const RevocationCause& cause, const Call& call) const;
  // Has the spared session, as it is by now, follow the epoch that its user has been given. False: it may not have.
  bool follow_epoch(std::string_view user, std::string_view spared, std::int64_t old_epoch, std::int64_t epoch,
                    const Call& call) const;
  // Marks the records of sessions that the epoch has ended already, so that lists and people see it.
  // The end of the session named `told` has its event.
  Result<std::uint64_t> sweep(std::string_view user, std::optional<std::string_view> spared, std::string_view told,
                              std::int64_t epoch, const RevocationCause& cause, const Call& call) const;
  enum class Event : bool { Write, Told };
  // Ends sessions of one user in one commit, as they were read. False: one of them has changed since, and nothing is
  // done.
  Result<bool> end_together(std::span<sessions::Session> due, std::string_view told, const RevocationCause& cause,
                            const Call& call) const;
  Result<bool> end_session(std::string_view user, std::string_view session, const RevocationCause& cause, Event event,
                           const Call& call) const;

  accounts::UserStore& users_;
  const sessions::SessionStore& sessions_;
  const events::EventLog& events_;
  std::array<Counter*, 7> ended_;  // by sessions::RevokeReason
};

}  // namespace gatehouse::auth
