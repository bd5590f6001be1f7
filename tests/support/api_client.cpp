// SPDX-License-Identifier: Apache-2.0
#include "support/api_client.h"

#include "support/base64url.h"

#include <stdexcept>

namespace gatehouse::test {

Account account(std::string_view name) { return {std::string(name) + "@example.org"}; }

Json claims_of(std::string_view access) {
  const auto first = access.find('.');
  const auto second = access.find('.', first + 1);
  if (second == std::string_view::npos) throw std::runtime_error("not a JWS: " + std::string(access));
  return Json::parse(from_base64url(access.substr(first + 1, second - first - 1)));
}

Tokens tokens_of(const HttpResponse& response) {
  if (response.status != 200 && response.status != 201) {
    throw std::runtime_error("expected tokens, got " + std::to_string(response.status) + ' ' + response.body);
  }
  const auto body = Json::parse(response.body);
  Tokens tokens{body["accessToken"].text(), body["refreshToken"].text(), body["user"]["id"].text(), {}};
  tokens.session = claims_of(tokens.access)["sid"].text();
  return tokens;
}

Headers bearer(std::string_view access) { return {{"Authorization", "Bearer " + std::string(access)}}; }

Api::Api(const Address& to, std::string mount, std::string from)
    : http_(to, std::move(from)), mount_(std::move(mount)) {}

HttpResponse Api::signup(const Account& who, const Members& more) {
  Members members{{"email", json_string(who.email)}, {"password", json_string(who.password)}};
  members.insert(members.end(), more.begin(), more.end());
  return http_.post(route("/signup"), json_object(members));
}

HttpResponse Api::login(const Account& who, const Members& more) {
  Members members{{"email", json_string(who.email)}, {"password", json_string(who.password)}};
  members.insert(members.end(), more.begin(), more.end());
  return http_.post(route("/login"), json_object(members));
}

HttpResponse Api::refresh(std::string_view token, std::string_view retry_key) {
  Headers headers;
  if (!retry_key.empty()) headers.emplace_back("Idempotency-Key", retry_key);
  return http_.post(route("/refresh"), json_object({{"refreshToken", json_string(token)}}), std::move(headers));
}

HttpResponse Api::logout(std::string_view access) { return http_.post(route("/logout"), "{}", bearer(access)); }

HttpResponse Api::logout_everywhere(std::string_view access) {
  return http_.post(route("/logout"), R"({"everywhere":true})", bearer(access));
}

HttpResponse Api::user(std::string_view access) { return http_.get(route("/user"), bearer(access)); }

HttpResponse Api::sessions(std::string_view access) { return http_.get(route("/sessions"), bearer(access)); }

HttpResponse Api::revoke_session(std::string_view access, std::string_view id) {
  return http_.del(route("/sessions/") + std::string(id), bearer(access));
}

HttpResponse Api::revoke_all(std::string_view access) {
  return http_.post(route("/sessions/revoke-all"), "{}", bearer(access));
}

HttpResponse Api::revoke_others(std::string_view access) {
  return http_.post(route("/sessions/revoke-all"), R"({"exceptCurrent":true})", bearer(access));
}

}  // namespace gatehouse::test
