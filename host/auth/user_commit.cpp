// SPDX-License-Identifier: Apache-2.0
#include "auth/user_commit.h"

#include <utility>

namespace gatehouse::auth {

Result<std::optional<providers::Conflict>> commit_with_user(accounts::UserStore& users, const events::EventLog& events,
                                                            const accounts::User& user,
                                                            std::vector<providers::Write> writes,
                                                            const events::EventBatch& batch, const Call& call) {
  auto done = events.commit(writes, batch, call);
  if (done || done.error().code != Code::InDoubt || !users.wrote(user, call)) return done;
  const auto settled = events.settle(std::move(writes), batch, users.kind(), call);
  if (!settled) return settled.error();
  return std::optional<providers::Conflict>{};
}

}  // namespace gatehouse::auth
