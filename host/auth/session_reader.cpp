// SPDX-License-Identifier: Apache-2.0
#include "auth/session_reader.h"

#include <array>
#include <utility>

namespace gatehouse::auth {

Result<SessionAndUser> SessionReader::read(std::string_view tenant, std::string_view user, std::string_view session,
                                           const Call& call) const {
  auto both = read_once(tenant, user, session, call);
  const bool complete = both && both->session && both->user && *both->user;
  if (!complete || both->session->revoked) return both;
  // Either the session has ended with all of its user's, or it was spared and only one of the two records is of
  // the moment before.
  if (both->session->user_epoch == (*both->user)->session_epoch) return both;
  return read_once(tenant, user, session, call);
}

Result<SessionAndUser> SessionReader::read_once(std::string_view tenant, std::string_view user,
                                                std::string_view session, const Call& call) const {
  constexpr std::size_t of_session = 0;
  const std::array<providers::Get, 2> gets = {{{sessions_, {tenant, user, session}}, {users_, {tenant, user, user}}}};
  SessionAndUser both;
  std::array<bool, 2> malformed = {};
  const auto read = storage_.get_many(gets, call, [&](std::size_t get, providers::RecordReader& record) {
    if (get == of_session) {
      both.session = sessions::decode(record);
      malformed[get] = !both.session;
    } else {
      auto gate = accounts::decode_user_gate(record);
      malformed[get] = !gate;
      both.user = std::move(gate);
    }
  });
  if (!read) return read.error();
  if (malformed[of_session]) return Error{Code::Internal, "the store delivered a malformed session record"};
  if (malformed[1]) both.user = Error{Code::Internal, "the store delivered a malformed user record"};
  return both;
}

}  // namespace gatehouse::auth
