// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accounts/user_store.h"
#include "base/call.h"
#include "base/result.h"
#include "events/event_log.h"
#include "providers/storage.h"

#include <functional>
#include <optional>
#include <vector>

namespace gatehouse::auth {

// Commits a change of `user` with all that belongs to it. `writes` has the user's record, and in front of it nothing
// that must not be there without it: where kinds live in several stores, the user's decides whether the change was
// made. A commit in doubt is looked into. When the user's record shows that it happened, what the other stores have not
// got (sessions, mails, events) is stored once more, and the answer is that of a commit that went well; tickets that
// were to be deleted may stay, so what the user's record says must void them too. `renew`, where there is one, puts a
// write in `writes` right that somebody else's (a refresh of the session it ends) has made outdated, and says whether
// to try again; it is asked a few times at most. Errors: as Storage::commit. InDoubt also: the user has changed, and
// something that belongs to it could not be stored.
using Renew = std::function<bool(std::vector<providers::Write>& writes)>;
Result<std::optional<providers::Conflict>> commit_with_user(accounts::UserStore& users, const events::EventLog& events,
                                                            const accounts::User& user,
                                                            std::vector<providers::Write> writes,
                                                            const events::EventBatch& batch, const Call& call,
                                                            const Renew& renew = {});

// What is left of a commit in doubt whose part with `done` is known to be done; `renew` as above. Errors: InDoubt.
Result<std::optional<providers::Conflict>> settle(const events::EventLog& events, std::vector<providers::Write>& writes,
                                                  const events::EventBatch& batch, providers::KindId done,
                                                  const Call& call, const Renew& renew);

}  // namespace gatehouse::auth
