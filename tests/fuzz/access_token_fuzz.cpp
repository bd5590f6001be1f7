// SPDX-License-Identifier: Apache-2.0
// Access tokens. The first byte of the input says what the rest is:
//   T  a token as a client sends it
//   H  the header of a token, P the payload of one: signed here with the right key, so that what comes after the
//      signature is reached
// What is accepted must be a token minted here (T), or mean exactly what an independent reader sees in it (H, P).
#include "base/encoding.h"
#include "support/test_key.h"
#include "support/test_kms.h"
#include "tokens/access_token.h"

#include <gatehouse/kms.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace {

using gatehouse::base64url_decode;
using gatehouse::base64url_encode;
using gatehouse::Time;
using gatehouse::test::call_at;
using gatehouse::test::TestKey;
using gatehouse::test::TestKms;
using gatehouse::tokens::AccessClaims;
using gatehouse::tokens::AccessTokenConfig;
using gatehouse::tokens::AccessTokens;
using Json = nlohmann::json;

constexpr Time now{std::chrono::seconds(1'800'000'000)};

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

AccessClaims claims_of(std::string subject) {
  AccessClaims claims;
  claims.subject = std::move(subject);
  claims.tenant = "default";
  claims.session = "01890a5d-ac96-774b-bcce-b302099a8058";
  claims.token_id = "01890a5d-ac96-774b-bcce-b302099a8059.7";
  claims.email = "ada@example.org";
  claims.role = "user";
  claims.permissions = {"orders:read", "orders:write"};
  claims.auth_time = now;
  claims.issued_at = now;
  claims.expires_at = now + std::chrono::minutes(15);
  return claims;
}

// Ed25519 signs the same way every time, so the tokens of the corpus are those of every run.
class World {
 public:
  World() {
    kms_.rotate(gatehouse::tokens::access_purpose, GH_ALG_EDDSA, key_);
    require(tokens_.reload_keys(call_at(now)).has_value(), "the keys can be read");
    for (const char* subject : {"01890a5d-ac96-774b-bcce-b302099a8057", "ada"})
      minted_.insert(mint(claims_of(subject)));
    const auto& token = *minted_.begin();
    header_ = token.substr(0, token.find('.'));
  }

  void token(std::string_view text) {
    const auto claims = tokens_.verify(text, call_at(now), true);
    require(!claims || minted_.count(std::string(text)) == 1, "only tokens minted here are accepted");
  }

  void header(std::string_view text) {
    const auto claims = verify_signed(base64url_encode(text), payload_of(*minted_.begin()));
    if (!claims) return;
    require(Json::parse(text) == Json::parse(*base64url_decode(header_)), "an accepted header says what ours says");
  }

  void payload(std::string_view text) {
    const auto claims = verify_signed(header_, base64url_encode(text));
    if (!claims) return;
    const auto json = Json::parse(text);
    require(json.at("iss") == "gatehouse" && json.at("aud") == "gatehouse" && json.at("type") == "access", "parties");
    require(json.at("sub") == claims->subject && json.at("sid") == claims->session, "user and session");
    require(json.at("tenant_id") == claims->tenant && json.at("jti") == claims->token_id, "tenant and token");
    require(json.at("role") == claims->role && json.at("email") == claims->email, "role and address");
    require(json.at("permissions") == Json(claims->permissions), "permissions");
    const auto again = tokens_.verify(mint(*claims), call_at(now), true);
    require(again.has_value() && *again == *claims, "what was read can be written and read again");
  }

 private:
  static std::string payload_of(const std::string& token) {
    const auto begin = token.find('.') + 1;
    return token.substr(begin, token.rfind('.') - begin);
  }

  std::string mint(const AccessClaims& claims) {
    const auto token = tokens_.mint(claims, call_at(now));
    require(token.has_value(), "claims that fit can be minted");
    return *token;
  }

  gatehouse::Result<AccessClaims> verify_signed(const std::string& header, const std::string& payload) {
    const auto input = header + "." + payload;
    return tokens_.verify(input + "." + base64url_encode(key_.sign(input)), call_at(now), true);
  }

  static AccessTokenConfig config() {
    AccessTokenConfig config;
    config.algorithm = gatehouse::providers::Algorithm::EdDSA;
    config.cache_entries = 64;
    return config;
  }

  TestKms kms_;
  TestKey key_ = TestKey::eddsa(1);
  AccessTokens tokens_{config(), kms_.keys()};
  std::set<std::string> minted_;
  std::string header_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'T': world.token(rest); break;
    case 'H': world.header(rest); break;
    case 'P': world.payload(rest); break;
    default: break;
  }
  return 0;
}
