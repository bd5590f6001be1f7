// SPDX-License-Identifier: Apache-2.0
#include "auth/update_profile.h"

#include "auth/session_opener.h"

#include <utility>
#include <vector>

namespace gatehouse::auth {
namespace {

constexpr int attempts = 32;

std::string full_name(const accounts::User& user) {
  if (user.first_name.empty() || user.last_name.empty()) return user.first_name + user.last_name;
  return user.first_name + " " + user.last_name;
}

// The names of the fields that differ afterwards, with commas between them.
std::string apply(const ProfileChange& change, accounts::User& user) {
  std::string changed;
  const auto set = [&](const char* field, const std::optional<std::string>& value, std::string& member) {
    if (!value || *value == member) return;
    member = *value;
    changed.append(changed.empty() ? "" : ",").append(field);
  };
  const bool name_follows = !change.name && user.name == full_name(user);
  set("first_name", change.first_name, user.first_name);
  set("last_name", change.last_name, user.last_name);
  set("name", name_follows ? std::optional(full_name(user)) : change.name, user.name);
  set("phone", change.phone, user.phone);
  return changed;
}

}  // namespace

Result<accounts::User> UpdateProfile::run(std::string_view id, const ProfileChange& change, const Client& client,
                                          const Call& call) const {
  for (int i = 0; i < attempts; ++i) {
    auto found = users_.get(call.tenant, id, call);
    if (!found) return found.error();
    if (!*found || (*found)->status != accounts::UserStatus::Active) return Error{Code::SessionRevoked};
    auto user = std::move(**found);
    const auto changed = apply(change, user);
    if (changed.empty()) return user;
    user.updated_at = call.now;

    events::EventBatch batch;
    auto event = user_event(events::Type::UserUpdated, user.id, client);
    event.payload = R"({"fields":")" + changed + R"("})";
    const auto told = events_.prepare(batch, std::move(event), call);
    if (!told) return told.error();
    const auto values = accounts::encode_user(user);
    std::vector<providers::Write> writes{accounts::put_user(users_.kind(), user, values)};
    const auto done = events_.commit(std::move(writes), batch, call);
    if (!done) return done.error();
    if (!*done) return user;
  }
  return Error{Code::ProviderUnavailable, "a user record changed too often to be updated"};
}

}  // namespace gatehouse::auth
