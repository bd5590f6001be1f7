// SPDX-License-Identifier: Apache-2.0
#include "accounts/user_store.h"

#include <utility>

namespace gatehouse::accounts {
namespace {

using providers::RecordReader;
using providers::Value;

Error not_a_user() { return Error{Code::Internal, "the store gave a record that is not this user's", {}, {}}; }

}  // namespace

Result<std::optional<User>> UserStore::get(std::string_view tenant, std::string_view id, const Call& call) {
  std::optional<User> user;
  const auto found =
      storage_.get(kind_, {tenant, id, id}, call, [&](RecordReader& record) { user = decode_user(record); });
  if (!found) return found.error();
  if (!*found) return std::optional<User>();
  if (!user || user->tenant != tenant || user->id != id) return not_a_user();
  return user;
}

bool UserStore::wrote(const User& user, const Call& call) {
  const auto stored = get(user.tenant, user.id, call);
  if (!stored || !*stored) return false;
  const auto& now = **stored;
  return now.version == user.version + 1 && now.updated_at == user.updated_at &&
         now.session_epoch == user.session_epoch && now.email_normalized == user.email_normalized &&
         now.password_hash == user.password_hash;
}

Result<std::optional<UserGate>> UserStore::get_gate(std::string_view tenant, std::string_view id, const Call& call) {
  std::optional<UserGate> gate;
  const auto found = storage_.get(kind_, {tenant, id, id}, call, [&](RecordReader& record) {
    const auto key = record.key();
    if (key.tenant == tenant && key.id == id) gate = decode_user_gate(record);
  });
  if (!found) return found.error();
  if (!*found) return std::optional<UserGate>();
  if (!gate) return not_a_user();
  return gate;
}

Result<std::optional<User>> UserStore::find_by_email(std::string_view tenant, std::string_view normalized,
                                                     const Call& call) {
  providers::Query query;
  query.kind = kind_;
  query.index = user_index::email_unique;
  query.tenant = tenant;
  query.equals = {Value::text(normalized)};
  query.limit = 2;
  std::size_t seen = 0;
  std::optional<User> user;
  const auto page = storage_.find(query, call, [&](RecordReader& record) {
    ++seen;
    user = decode_user(record);
  });
  if (!page) return page.error();
  if (seen == 0) return std::optional<User>();
  const bool is_the_one = seen == 1 && user && user->tenant == tenant && user->email_normalized == normalized &&
                          user->status != UserStatus::Deleted;
  if (!is_the_one) return not_a_user();
  return user;
}

}  // namespace gatehouse::accounts
