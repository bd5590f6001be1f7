// SPDX-License-Identifier: Apache-2.0
#include "support/journal_client.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace gatehouse::test {
namespace {

using std::chrono::steady_clock;

std::string code_of(const HttpResponse& response) {
  if (response.status < 400) return {};
  try {
    return Json::parse(response.body)["code"].text();
  } catch (const std::runtime_error&) {
    return "not a problem document";
  }
}

// A number in syllables: digits in a row would not pass for a password.
std::string spoken(int number) {
  constexpr std::array<std::string_view, 10> syllables{"ba", "ke", "li", "mo", "nu", "pa", "re", "si", "to", "vu"};
  std::string word;
  for (const char digit : std::to_string(number)) word += syllables[static_cast<std::size_t>(digit - '0')];
  return word;
}

// A character of the tag is another one.
std::string forged(std::string token) {
  token[token.size() - 3] = token[token.size() - 3] == 'A' ? 'B' : 'A';
  return token;
}

}  // namespace

JournalClient::JournalClient(AddressBook& book, LoadProgress& progress, const std::string& name, std::size_t number)
    : book_(book),
      progress_(progress),
      number_(number),
      random_(static_cast<std::mt19937::result_type>(number + 1)),
      account_(account(name + std::to_string(number))),
      connections_(book.size()),
      server_(number) {}

Tokens JournalClient::perform(Act act, const Ask& ask) {
  server_ = (server_ + 1 + random_() % 2) % book_.size();
  auto& connection = connections_[server_];
  const auto address = book_.at(server_).listen;
  if (!connection.api || connection.port != address.port) {
    connection = {std::make_unique<Api>(address), address.port};
  }
  Tokens tokens;
  act.user = account_.email;
  act.begun = steady_clock::now();
  try {
    const auto response = ask(*connection.api);
    act.status = response.status;
    act.code = code_of(response);
    act.retry_after = response.header("retry-after").has_value();
    act.ended = steady_clock::now();
    const bool has_tokens = response.body.find("\"refreshToken\"") != std::string::npos;
    if (done(act) && has_tokens) tokens = tokens_of(response);
  } catch (const std::runtime_error&) {
    act.status = 0;
    act.ended = steady_clock::now();
    connection.api.reset();
  }
  if (act.deed == Deed::Refresh) {
    act.made_secret = tokens.refresh;
  } else {
    act.made_session = tokens.session;
  }
  acts_.push_back(std::move(act));
  if (unanswered(last())) {
    progress_.pause(std::chrono::milliseconds(20));
  } else {
    progress_.step(number_);
  }
  return tokens;
}

void JournalClient::sign_up() {
  constexpr int patience = 250;  // for as long as a fault of before may be felt
  Tokens tokens;
  for (int attempt = 0; attempt == 0 || (unanswered(last()) && attempt < patience); ++attempt) {
    tokens =
        perform({.deed = Deed::SignUp, .secret = account_.password}, [this](Api& api) { return api.signup(account_); });
  }
  if (done(last())) {
    live_.push_back({tokens.session, tokens.access, tokens.refresh, {}, {}});
  } else if (last().code != "DUPLICATE_EMAIL" || !login_with(account_.password)) {
    throw std::runtime_error(account_.email + " cannot sign up: " + std::to_string(last().status));
  }
}

void JournalClient::run() {
  while (!progress_.stopped()) turn();
}

void JournalClient::turn() {
  if (live_.empty()) return login();
  const auto dice = random_() % 100;
  if (dice < 40) return refresh(any());
  if (dice < 62) return use(any());
  if (dice < 72) return live_.size() < 4 ? login() : logout(any());
  if (dice < 78) return logout(any());
  if (dice < 84) return live_.size() > 1 ? revoke_one(any()) : login();
  if (dice < 88) return revoke_all(any());
  if (dice < 91) return change_password();
  if (dice < 95) return replay(any());
  if (dice < 96) return wrong_password();
  if (dice < 98) return forge(any());
  look_at_ended();
}

bool JournalClient::login_with(const std::string& password) {
  const auto tokens = perform({.deed = Deed::Login, .secret = password}, [&](Api& api) {
    return api.login({account_.email, password});
  });
  if (done(last())) live_.push_back({tokens.session, tokens.access, tokens.refresh, {}, {}});
  return done(last());
}

void JournalClient::login() {
  if (login_with(account_.password) || unanswered(last())) return;
  // Newest first: each is only possible where those after it are not.
  for (auto at = perhaps_.rbegin(); at != perhaps_.rend(); ++at) {
    if (login_with(*at)) account_.password = *at;
    if (last().status != 401) return;
  }
}

void JournalClient::notice(const std::string& id) {
  if (last().status == 401) end(id);
}

void JournalClient::end(const std::string& id) {
  const auto at = std::find_if(live_.begin(), live_.end(), [&](const Session& session) { return session.id == id; });
  if (at == live_.end()) return;
  ended_.push_back(std::move(*at));
  live_.erase(at);
}

void JournalClient::end_all() {
  while (!live_.empty()) end(std::string(live_.back().id));
}

void JournalClient::use(Session& session) {
  perform({.deed = Deed::Use, .session = session.id}, [&](Api& api) { return api.user(session.access); });
  notice(std::string(session.id));
}

void JournalClient::refresh(Session& session) {
  if (session.retry_key.empty()) session.retry_key = account_.email + "-" + std::to_string(++made_);
  do {
    const auto tokens = perform({.deed = Deed::Refresh, .session = session.id, .secret = session.refresh},
                                [&](Api& api) { return api.refresh(session.refresh, session.retry_key); });
    if (!done(last())) continue;
    session.previous = std::exchange(session.refresh, tokens.refresh);
    session.access = tokens.access;
  } while (unanswered(last()) && !progress_.stopped());
  if (unanswered(last())) return;
  session.retry_key.clear();
  notice(std::string(session.id));
}

void JournalClient::replay(Session& chosen) {
  const auto id = chosen.id;
  if (chosen.previous.empty()) refresh(chosen);
  // It may have turned out to have ended, or be in the middle of a retry.
  const auto at = std::find_if(live_.begin(), live_.end(), [&](const Session& session) { return session.id == id; });
  if (at == live_.end() || at->previous.empty() || !at->retry_key.empty()) return;
  perform({.deed = Deed::Replay, .session = id, .secret = at->previous},
          [&](Api& api) { return api.refresh(at->previous); });
  if (last().code != "TOKEN_REUSED") return notice(id);
  end_all();
  look_at_ended();
}

void JournalClient::logout(Session& session) {
  perform({.deed = Deed::Logout, .session = session.id}, [&](Api& api) { return api.logout(session.access); });
  const bool ended = done(last());
  if (ended || last().status == 401) end(std::string(session.id));
  if (ended) look_at_ended();
}

void JournalClient::revoke_one(Session& session) {
  const auto at = static_cast<std::size_t>(&session - live_.data());
  const auto target = live_[(at + 1) % live_.size()].id;
  perform({.deed = Deed::RevokeOne, .session = session.id, .target = target},
          [&](Api& api) { return api.revoke_session(session.access, target); });
  if (done(last())) {
    end(target);
    look_at_ended();
  } else if (last().status == 404) {
    end(target);
  } else {
    notice(std::string(session.id));
  }
}

void JournalClient::revoke_all(Session& session) {
  const bool by_logout = random_() % 2 == 0;
  perform({.deed = Deed::RevokeAll, .session = session.id},
          [&](Api& api) { return by_logout ? api.logout_everywhere(session.access) : api.revoke_all(session.access); });
  if (!done(last())) return notice(std::string(session.id));
  end_all();
  look_at_ended();
}

void JournalClient::change_password() {
  login();
  if (!done(last())) return;
  const auto session = live_.back();
  const std::string next = "Copper-Meadow-41-" + spoken(++made_);
  const auto body =
      json_object({{"currentPassword", json_string(account_.password)}, {"newPassword", json_string(next)}});
  const auto tokens =
      perform({.deed = Deed::ChangePassword, .session = session.id, .secret = account_.password, .made_secret = next},
              [&](Api& api) { return api.http().post(api.route("/change-password"), body, bearer(session.access)); });
  if (unanswered(last())) {
    perhaps_.push_back(next);
  } else if (done(last())) {
    end_all();
    live_.push_back({tokens.session, tokens.access, tokens.refresh, {}, {}});
    account_.password = next;
    perhaps_.clear();
    look_at_ended();
  } else if (last().code != "INVALID_CREDENTIALS") {
    notice(session.id);
  }
}

void JournalClient::wrong_password() {
  perform({.deed = Deed::WrongPassword}, [this](Api& api) {
    return api.login({account_.email, "Never-The-Password-1"});
  });
}

void JournalClient::forge(const Session& session) {
  const auto token = forged(session.refresh);
  perform({.deed = Deed::Forge, .session = session.id, .secret = token}, [&](Api& api) { return api.refresh(token); });
}

// At the next server, so that what it remembers is tried, too.
void JournalClient::look_at_ended() {
  if (ended_.empty()) return;
  const auto session = ended_.back();
  perform({.deed = Deed::Use, .session = session.id}, [&](Api& api) { return api.user(session.access); });
  perform({.deed = Deed::Refresh, .session = session.id, .secret = session.refresh},
          [&](Api& api) { return api.refresh(session.refresh, session.retry_key); });
}

void JournalClient::last_look() {
  const auto ended = std::exchange(ended_, {});
  for (const auto& session : ended) {
    ended_ = {session};
    look_at_ended();
  }
  const auto live = live_;
  for (const auto& session : live) {
    live_ = {session};
    use(live_.front());
    if (!live_.empty()) refresh(live_.front());
  }
}

}  // namespace gatehouse::test
