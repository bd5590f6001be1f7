// SPDX-License-Identifier: Apache-2.0
#include "auth/unlock.h"

#include <utility>
#include <vector>

namespace gatehouse::auth {
namespace {

constexpr int attempts = 32;

}  // namespace

Result<Unlocked> Unlock::run(std::string_view email, const Call& call) const {
  for (int i = 0; i < attempts; ++i) {
    auto found = users_.find_by_email(call.tenant, email, call);
    if (!found) return found.error();
    if (!*found) return Unlocked::Nobody;
    auto user = std::move(**found);
    auto trial = lockout_.begin({.email = email, .address = {}}, call);
    if (!trial) return trial.error();
    const bool was_locked = trial->has_locks() || (user.locked_until && call.now < *user.locked_until);
    trial->clear();
    user.failed_login_attempts = 0;
    user.locked_until.reset();

    events::Event event;
    event.type = events::Type::UserAccountUnlocked;
    event.subject = user.id;
    event.payload = R"({"reason":"operator"})";
    events::EventBatch batch;
    if (was_locked) {
      const auto told = events_.prepare(batch, std::move(event), call);
      if (!told) return told.error();
    }
    std::vector<providers::Write> writes;
    trial->append(writes);
    const auto values = accounts::encode_user(user);
    writes.push_back(accounts::put_user(users_.kind(), user, values));
    const auto done = events_.commit(std::move(writes), batch, call);
    if (!done) return done.error();
    if (!done->has_value()) return was_locked ? Unlocked::Lifted : Unlocked::NothingWasLocked;
  }
  return Error{Code::ProviderUnavailable, "the account's records changed too often to be unlocked"};
}

}  // namespace gatehouse::auth
