// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/api_client.h"
#include "support/journal_load.h"

#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace gatehouse::test {

// One user with several sessions who does this and that, chosen by `number`. One thread at a time.
class JournalClient {
 public:
  JournalClient(AddressBook& book, LoadProgress& progress, const std::string& name, std::size_t number);

  void sign_up();  // throws std::runtime_error unless it works
  void run();      // until it is time to stop
  void last_look();
  const std::vector<Act>& acts() const { return acts_; }

 private:
  struct Session {
    std::string id;
    std::string access;
    std::string refresh;
    std::string previous;   // the token before
    std::string retry_key;  // of a refresh without an answer
  };
  using Ask = std::function<HttpResponse(Api&)>;

  void turn();
  void login();
  bool login_with(const std::string& password);
  void use(Session& session);
  void refresh(Session& session);
  void replay(Session& chosen);
  void logout(Session& session);
  void revoke_one(Session& session);
  void revoke_all(Session& session);
  void change_password();
  void wrong_password();
  void forge(const Session& session);

  // Asks one of the servers and writes it down; the tokens of an answer that has some.
  Tokens perform(Act act, const Ask& ask);
  const Act& last() const { return acts_.back(); }
  Session& any() { return live_[random_() % live_.size()]; }
  // What the last answer means for a session that was thought to live.
  void notice(const std::string& id);
  void end(const std::string& id);
  void end_all();
  void look_at_ended();

  AddressBook& book_;
  LoadProgress& progress_;
  const std::size_t number_;
  std::mt19937 random_;
  Account account_;
  std::vector<std::string> perhaps_;  // passwords that may have replaced it
  int made_ = 0;                      // passwords and retry keys so far
  std::vector<Session> live_;
  std::vector<Session> ended_;
  struct Connection {
    std::unique_ptr<Api> api;
    std::uint16_t port = 0;
  };
  std::vector<Connection> connections_;  // by server
  std::size_t server_ = 0;
  std::vector<Act> acts_;
};

}  // namespace gatehouse::test
