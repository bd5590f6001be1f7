// SPDX-License-Identifier: Apache-2.0
#include "auth/refresh.h"

#include "auth/identity.h"
#include "auth/session_opener.h"

#include <utility>
#include <vector>

namespace gatehouse::auth {
namespace {

// Each loss means that another request with a token of the same session won.
constexpr int attempts = 32;

Counter& refreshes(MetricRegistry& metrics, std::string_view result) {
  return metrics.counter("gatehouse_refreshes_total", "Refresh requests by outcome", {{"result", std::string(result)}});
}

Error refuse(Code code) { return {code, {}}; }

std::optional<Error> refusal(sessions::Standing standing) {
  switch (standing) {
    case sessions::Standing::Alive: return std::nullopt;
    case sessions::Standing::Expired: return refuse(Code::TokenExpired);
    case sessions::Standing::Revoked:
    case sessions::Standing::StaleEpoch: return refuse(Code::SessionRevoked);
  }
  return refuse(Code::Internal);
}

}  // namespace

Refresh::Refresh(const SessionReader& reader, const sessions::SessionStore& sessions,
                 tokens::RefreshTokens& refresh_tokens, const TokenIssuer& issuer, const Revocation& revocation,
                 events::EventLog& events, sessions::SessionPolicy policy, accounts::GatePolicy gate_policy,
                 OnReuse on_reuse, MetricRegistry& metrics)
    : reader_(reader),
      sessions_(sessions),
      refresh_tokens_(refresh_tokens),
      issuer_(issuer),
      revocation_(revocation),
      events_(events),
      policy_(policy),
      gate_policy_(gate_policy),
      on_reuse_(on_reuse),
      rotated_(refreshes(metrics, "rotated")),
      grace_(refreshes(metrics, "grace")),
      expired_(refreshes(metrics, "expired")),
      reuse_(refreshes(metrics, "reuse")),
      revoked_(refreshes(metrics, "revoked")),
      refused_(refreshes(metrics, "invalid")),
      failed_(refreshes(metrics, "unavailable")) {}

Result<tokens::PresentedRefreshToken> Refresh::open(const Secret<std::string>& token, const Call& call) const {
  auto presented = refresh_tokens_.parse(token, call);
  if (!presented) (presented.error().code == Code::TokenInvalid ? refused_ : failed_).add();
  return presented;
}

Result<Refreshed> Refresh::run(const tokens::PresentedRefreshToken& token, const RefreshRequest& request,
                               const Call& call) const {
  for (int i = 0; i < attempts; ++i) {
    auto outcome = attempt(token, request, call);
    if (!outcome) {
      Result<Refreshed> failure(std::move(outcome).error());
      count(failure);
      return failure;
    }
    if (*outcome) return std::move(**outcome);
  }
  failed_.add();
  return Error{Code::ProviderUnavailable, "a session record changed too often to be rotated"};
}

Result<std::optional<Refreshed>> Refresh::attempt(const tokens::PresentedRefreshToken& token,
                                                  const RefreshRequest& request, const Call& call) const {
  auto found = reader_.read(token.id.tenant, token.id.user, token.id.session, call);
  if (!found) return found.error();
  if (!found->session) return refuse(Code::TokenInvalid);
  auto session = std::move(*found->session);

  const auto genuine = refresh_tokens_.authentic(token, session.salt, call);
  if (!genuine) return genuine.error();
  if (!*genuine) return refuse(Code::TokenInvalid);

  // Nothing of the user is looked at for a token that is not genuine.
  const auto& user = found->user;
  if (!user) return user.error();
  if (!*user) return refuse(Code::SessionRevoked);
  if (const auto refused = refusal(sessions::standing(session, (*user)->session_epoch, call.now))) return *refused;
  if (accounts::may_issue_tokens(**user, session.user_epoch, gate_policy_) != accounts::GateOutcome::Allowed) {
    return refuse(Code::SessionRevoked);
  }

  const auto decision = sessions::decide(session.rotation,
                                         {.generation = token.id.generation,
                                          .attempt = request.attempt,
                                          .binding = request.client.binding,
                                          .now = call.now},
                                         policy_.rotation);
  if (decision.act == sessions::Act::RefuseFuture) {
    auto event = user_event(events::Type::SuspiciousTokenUsage, session.user, request.client);
    event.session = session.id;
    event.payload = R"({"reason":"generation_from_the_future"})";
    const auto written = events_.write(std::move(event), call);
    if (!written) return written.error();
    return refuse(Code::TokenInvalid);
  }
  if (decision.act == sessions::Act::Reuse) return reused(session, request, call);

  session.rotation = decision.next;
  const auto token_id = issuer_.make_token_id(session.rotation.generation, call.now);
  if (token_id.empty()) return Error{Code::Internal, "no randomness for a token id"};
  if (decision.act == sessions::Act::Rotate) {
    sessions::touch(session, policy_, call.now);
    session.previous_jti = std::exchange(session.current_jti, token_id);
  }

  // Everything that can fail comes before the write that spends the token.
  Refreshed refreshed{{}, identity_of(**user, session.tenant, session.user)};
  auto tokens = issuer_.issue(session, refreshed.identity, token_id, call);
  if (!tokens) return tokens.error();
  refreshed.tokens = std::move(*tokens);

  if (decision.writes()) {
    events::EventBatch batch;
    if (decision.act == sessions::Act::Late) {
      auto event = user_event(events::Type::SuspiciousTokenUsage, session.user, request.client);
      event.session = session.id;
      event.payload = R"({"reason":"late_retry"})";
      const auto prepared = events_.prepare(batch, std::move(event), call);
      if (!prepared) return prepared.error();
    }
    const auto stored = store(session, batch, call);
    if (!stored) return stored.error();
    if (!*stored) return std::optional<Refreshed>{};
  }

  const bool rotated = decision.act == sessions::Act::Rotate;
  (rotated ? rotated_ : grace_).add();
  auto event = user_event(events::Type::TokenRefreshed, session.user, request.client);
  event.session = session.id;
  event.payload = rotated ? R"({"result":"rotated"})" : R"({"result":"grace"})";
  events_.enqueue(std::move(event), call);
  return std::optional(std::move(refreshed));
}

// True: stored. False: somebody else wrote first.
Result<bool> Refresh::store(const sessions::Session& session, const events::EventBatch& batch, const Call& call) const {
  const auto values = sessions::encode(session);
  std::vector<providers::Write> writes{sessions_.put(session, values)};
  const auto done = events_.commit(std::move(writes), batch, call);
  if (done) return !done->has_value();
  if (done.error().code != Code::InDoubt) return done.error();

  // It may have happened: our write is recognised by its version and by what only we could have written.
  const auto again = sessions_.get(session.tenant, session.user, session.id, call);
  if (!again) return done.error();
  const bool ours = *again && (*again)->version == session.version + 1 && (*again)->rotation == session.rotation &&
                    (*again)->current_jti == session.current_jti;
  if (!ours) return done.error();
  return true;
}

Result<std::optional<Refreshed>> Refresh::reused(const sessions::Session& session, const RefreshRequest& request,
                                                 const Call& call) const {
  const auto ended = revocation_.end_for_reuse(session, on_reuse_ == OnReuse::RevokeUser, request.client, call);
  if (!ended) return ended.error();
  return refuse(Code::TokenReused);
}

void Refresh::count(const Result<Refreshed>& outcome) const {
  switch (outcome.error().code) {
    case Code::TokenReused: return reuse_.add();
    case Code::TokenExpired: return expired_.add();
    case Code::SessionRevoked: return revoked_.add();
    case Code::TokenInvalid: return refused_.add();
    default: return failed_.add();
  }
}

}  // namespace gatehouse::auth
