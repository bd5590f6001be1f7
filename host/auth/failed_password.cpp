// SPDX-License-Identifier: Apache-2.0
#include "auth/failed_password.h"

#include "auth/session_opener.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::auth {
namespace {

constexpr int attempts = 64;

// Somebody else's event about the same client.
events::Event beside(const events::Event& cause, events::Type type, std::string payload) {
  events::Event event;
  event.type = type;
  event.subject = cause.subject;
  event.ip = cause.ip;
  event.user_agent = cause.user_agent;
  event.payload = std::move(payload);
  return event;
}

std::string scope(std::string_view name) { return R"({"scope":")" + std::string(name) + R"("})"; }

}  // namespace

Error FailedPassword::record(const accounts::User* user, const Claimant& who, LockoutTrial& trial, events::Event event,
                             Code code, const Call& call) const {
  if (!trial.active()) {
    const auto written = events_.write(std::move(event), call);
    return written ? Error{code, {}} : written.error();
  }
  std::optional<accounts::User> reread;
  auto claimant = who;
  for (int i = 0; i < attempts; ++i) {
    if (i > 0) {
      auto again = lockout_.begin(claimant, call);
      if (!again) return again.error();
      trial = std::move(*again);
    }
    if (auto refused = trial.refusal()) {
      lockout_.count_refusal();
      return std::move(*refused);
    }
    const auto stored = store(user, trial, event, call);
    if (!stored) return stored.error();
    if (*stored) {
      lockout_.count(trial.counted());
      return Error{code, {}};
    }
    if (user == nullptr) continue;
    auto found = users_.get(call.tenant, user->id, call);
    if (!found) return found.error();
    reread = std::move(*found);
    // Deleted meanwhile: counted as an unknown name.
    user = reread ? &*reread : nullptr;
    claimant.password_since.reset();
    if (reread) claimant.password_since = accounts::password_since(*reread);
  }
  return Error{Code::ProviderUnavailable, "lockout counters changed too often to count a failure"};
}

Result<bool> FailedPassword::store(const accounts::User* user, LockoutTrial& trial, const events::Event& event,
                                   const Call& call) const {
  trial.fail();
  events::EventBatch batch;
  auto told = events_.prepare(batch, event, call);
  if (told && trial.served() && user != nullptr) {
    told = tell_served(batch, user->id, {event.ip, event.user_agent, {}, {}}, call);
  }
  if (told) told = tell_locked(batch, trial, event, call);
  if (!told) return told.error();

  std::vector<providers::Write> writes;
  trial.append(writes);
  accounts::User changed;
  accounts::UserValues values;
  if (user != nullptr) {
    changed = *user;
    ++changed.failed_login_attempts;
    if (const auto until = trial.locked_until()) changed.locked_until = std::max(changed.locked_until, until);
    values = accounts::encode_user(changed);
    writes.push_back(accounts::put_user(users_.kind(), changed, values));
  }
  const auto done = events_.commit(std::move(writes), batch, call);
  if (!done) return done.error();
  return !done->has_value();
}

Result<void> FailedPassword::tell_locked(events::EventBatch& batch, const LockoutTrial& trial,
                                         const events::Event& cause, const Call& call) const {
  const auto& counted = trial.counted();
  Result<void> told;
  if (counted.device_locked) {
    told = events_.prepare(batch, beside(cause, events::Type::UserAccountLocked, scope("device")), call);
  }
  if (told && counted.account_locked) {
    told = events_.prepare(batch, beside(cause, events::Type::UserAccountLocked, scope("account")), call);
  }
  if (told && counted.address_locked) {
    auto event = beside(cause, events::Type::SuspiciousActivityDetected, R"({"reason":"failed_logins_of_an_address"})");
    event.subject.clear();
    told = events_.prepare(batch, std::move(event), call);
  }
  return told;
}

Result<void> FailedPassword::tell_served(events::EventBatch& batch, std::string_view user, const Client& client,
                                         const Call& call) const {
  auto event = user_event(events::Type::UserAccountUnlocked, user, client);
  event.actor.clear();
  event.payload = R"({"reason":"time"})";
  return events_.prepare(batch, std::move(event), call);
}

}  // namespace gatehouse::auth
