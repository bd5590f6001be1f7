// SPDX-License-Identifier: Apache-2.0
#include "auth/user_commit.h"

namespace gatehouse::auth {
namespace {

constexpr int most_renewals = 8;

}  // namespace

Result<std::optional<providers::Conflict>> settle(const events::EventLog& events, std::vector<providers::Write>& writes,
                                                  const events::EventBatch& batch, providers::KindId done,
                                                  const Call& call, const Renew& renew) {
  for (int renewals = 0;; ++renewals) {
    const auto settled = events.settle(writes, batch, done, call);
    if (settled) return std::optional<providers::Conflict>{};
    if (!renew || renewals == most_renewals || !renew(writes)) return settled.error();
  }
}

Result<std::optional<providers::Conflict>> commit_with_user(accounts::UserStore& users, const events::EventLog& events,
                                                            const accounts::User& user,
                                                            std::vector<providers::Write> writes,
                                                            const events::EventBatch& batch, const Call& call,
                                                            const Renew& renew) {
  auto done = events.commit(writes, batch, call);
  if (done || done.error().code != Code::InDoubt || !users.wrote(user, call)) return done;
  return settle(events, writes, batch, users.kind(), call, renew);
}

}  // namespace gatehouse::auth
