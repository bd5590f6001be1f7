// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/encoding.h"
#include "support/test_key.h"
#include "support/test_kms.h"
#include "tokens/access_token.h"

#include <gatehouse/kms.h>

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::tokens::testing {

// Whole seconds, so that tokens made at it are valid at it.
inline constexpr Time now{std::chrono::seconds(1'800'000'000)};

// Members of a JSON object with their values as JSON text, so that any mistake can be written down.
struct Members {
  std::vector<std::pair<std::string, std::string>> list;

  Members& set(std::string_view name, std::string_view json) {
    for (auto& [member, value] : list) {
      if (member == name) {
        value = json;
        return *this;
      }
    }
    return add(name, json);
  }
  Members& add(std::string_view name, std::string_view json) {
    list.emplace_back(name, json);
    return *this;
  }
  Members& remove(std::string_view name) {
    std::erase_if(list, [name](const auto& member) { return member.first == name; });
    return *this;
  }
  std::string json() const {
    std::string text = "{";
    for (const auto& [name, value] : list) {
      if (text.size() > 1) text += ",";
      text += "\"" + name + "\":" + value;
    }
    return text + "}";
  }
};

inline AccessClaims claims_at(Time time) {
  AccessClaims claims;
  claims.subject = "01890a5d-ac96-774b-bcce-b302099a8057";
  claims.tenant = "default";
  claims.session = "01890a5d-ac96-774b-bcce-b302099a8058";
  claims.token_id = "01890a5d-ac96-774b-bcce-b302099a8059.7";
  claims.email = "ada@example.org";
  claims.role = "user";
  claims.permissions = {"orders:read", "orders:write"};
  claims.auth_time = time - std::chrono::minutes(1);
  claims.issued_at = time;
  claims.expires_at = time + std::chrono::minutes(15);
  return claims;
}

inline Members good_payload() {
  const auto at = now.time_since_epoch() / std::chrono::seconds(1);
  Members payload;
  payload.add("iss", "\"gatehouse\"").add("aud", "\"gatehouse\"").add("sub", "\"u-1\"");
  payload.add("exp", std::to_string(at + 900)).add("iat", std::to_string(at)).add("nbf", std::to_string(at));
  payload.add("jti", "\"t-1\"").add("sid", "\"s-1\"").add("tenant_id", "\"default\"").add("type", "\"access\"");
  payload.add("email", "\"ada@example.org\"").add("role", "\"user\"").add("permissions", "[\"orders:read\"]");
  return payload.add("auth_time", std::to_string(at));
}

// Access tokens over a provider in the test, and whatever its key signs for somebody who means harm.
class Forge {
 public:
  explicit Forge(std::uint32_t algorithm = GH_ALG_ES256, AccessTokenConfig config = {})
      : key(key_for(algorithm, 1)),
        tokens((kms.rotate(access_purpose, algorithm, key), with(config, algorithm)), kms.keys()) {
    const auto loaded = tokens.reload_keys(test::call_at(now));
    if (!loaded) throw std::runtime_error(loaded.error().detail);
  }

  static test::TestKey key_for(std::uint32_t algorithm, unsigned number) {
    switch (algorithm) {
      case GH_ALG_HMAC_SHA256: return test::TestKey::hmac(number);
      case GH_ALG_EDDSA: return test::TestKey::eddsa(number);
      case GH_ALG_RS256: return test::TestKey::rsa(3072);
      default: return test::TestKey::es256(number);
    }
  }

  std::string minted(const AccessClaims& claims = claims_at(now)) { return *tokens.mint(claims, test::call_at(now)); }

  // The header of the current key, in our form.
  Members good_header() {
    const auto header = minted_header();
    const auto kid_at = header.find("\"kid\":") + 6;
    Members members;
    members.add("alg", header.substr(7, header.find(',') - 7));
    members.add("kid", header.substr(kid_at, header.find(',', kid_at) - kid_at));
    return members.add("typ", "\"at+jwt\"");
  }
  std::string kid() {
    const auto quoted = good_header().list[1].second;
    return quoted.substr(1, quoted.size() - 2);
  }

  // Any header and payload under a right signature of our key.
  std::string sign(std::string_view header, std::string_view payload) const {
    const auto input = base64url_encode(header) + "." + base64url_encode(payload);
    return input + "." + base64url_encode(key.sign(input));
  }
  std::string sign(const Members& header, const Members& payload) const { return sign(header.json(), payload.json()); }

  Result<AccessClaims> verify(std::string_view token, Time at = now, bool allow_expired = false) {
    return tokens.verify(token, test::call_at(at), allow_expired);
  }

  test::TestKms kms;
  test::TestKey key;
  AccessTokens tokens;

 private:
  static AccessTokenConfig with(AccessTokenConfig config, std::uint32_t algorithm) {
    config.algorithm = static_cast<providers::Algorithm>(algorithm);
    return config;
  }
  std::string minted_header() {
    const auto token = minted();
    return *base64url_decode(std::string_view(token).substr(0, token.find('.')));
  }
};

}  // namespace gatehouse::tokens::testing
