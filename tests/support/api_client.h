// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/http_client.h"
#include "support/json.h"

#include <string>
#include <string_view>

namespace gatehouse::test {

struct Account {
  std::string email;
  std::string password = "Violet-Harbour-41";
};

// name@example.org with a password every policy profile but `nist` takes.
Account account(std::string_view name);

struct Tokens {
  std::string access;
  std::string refresh;
  std::string user;     // id
  std::string session;  // id, out of the access token
};

// The tokens of an answer of signup, login or refresh; throws std::runtime_error with the answer when it is another
// one.
Tokens tokens_of(const HttpResponse& response);

// The claims of an access token, unverified.
Json claims_of(std::string_view access);

Headers bearer(std::string_view access);

// The routes of the session story as a client sees them. One connection, one thread.
class Api {
 public:
  // `from`: the local address to connect from.
  explicit Api(const Address& to, std::string mount = "/auth", std::string from = {});

  HttpResponse signup(const Account& who, const Members& more = {});
  HttpResponse login(const Account& who, const Members& more = {});
  // A retry key goes into Idempotency-Key.
  HttpResponse refresh(std::string_view token, std::string_view retry_key = {});
  HttpResponse logout(std::string_view access);
  HttpResponse logout_everywhere(std::string_view access);
  HttpResponse user(std::string_view access);
  HttpResponse sessions(std::string_view access);
  HttpResponse revoke_session(std::string_view access, std::string_view id);
  HttpResponse revoke_all(std::string_view access);
  HttpResponse revoke_others(std::string_view access);

  // The same, for tests that need it to work: throw unless it does.
  Tokens signed_up(const Account& who) { return tokens_of(signup(who)); }
  Tokens logged_in(const Account& who) { return tokens_of(login(who)); }
  Tokens refreshed(std::string_view token, std::string_view retry_key = {}) {
    return tokens_of(refresh(token, retry_key));
  }

  HttpClient& http() { return http_; }
  std::string route(std::string_view path) const { return mount_ + std::string(path); }

 private:
  HttpClient http_;
  std::string mount_;
};

}  // namespace gatehouse::test
