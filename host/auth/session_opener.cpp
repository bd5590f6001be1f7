// SPDX-License-Identifier: Apache-2.0
#include "auth/session_opener.h"

#include "base/random.h"

#include <algorithm>
#include <array>

namespace gatehouse::auth {

events::Event user_event(events::Type type, std::string_view user, const Client& client) {
  events::Event event;
  event.type = type;
  event.actor = user;
  event.subject = user;
  event.ip = client.address;
  event.user_agent = client.user_agent;
  return event;
}

Client successor_client(Client client, const sessions::Session& former) {
  client.device_name = former.device_name;
  if (client.binding.empty()) client.binding = former.rotation.binding;
  return client;
}

Result<OpenedSession> SessionOpener::prepare(const Identity& identity, std::int64_t user_epoch, bool remember,
                                             const Client& client, events::EventBatch& batch, const Call& call) const {
  sessions::Session session;
  std::array<std::uint8_t, 16> salt{};
  session.id = make_uuid7(random_, call.now);
  session.current_jti = issuer_.make_token_id(0, call.now);
  if (!random_.fill(salt) || session.id.empty() || session.current_jti.empty()) {
    return Error{Code::Internal, "no randomness for a session"};
  }
  session.salt.assign(reinterpret_cast<const char*>(salt.data()), salt.size());
  session.tenant = identity.tenant;
  session.user = identity.id;
  session.created_at = call.now;
  session.auth_time = call.now;
  session.remember = remember;
  session.expires_at = call.now + (remember ? policy_.remember_absolute_ttl : policy_.absolute_ttl);
  sessions::touch(session, policy_, call.now);
  session.device_name = client.device_name;
  session.ip = client.address;
  session.user_agent = client.user_agent;
  session.user_epoch = user_epoch;
  session.rotation = sessions::first_rotation_state(call.now, policy_.rotation, client.binding);

  auto pair = issuer_.issue(session, identity, session.current_jti, call);
  if (!pair) return pair.error();

  auto created = user_event(events::Type::SessionCreated, identity.id, client);
  created.session = session.id;
  const auto prepared = events_.prepare(batch, std::move(created), call);
  if (!prepared) return prepared.error();
  return OpenedSession{std::move(session), std::move(*pair)};
}

}  // namespace gatehouse::auth
