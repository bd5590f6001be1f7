// SPDX-License-Identifier: Apache-2.0
// Hostile access tokens: how they are made, and the one way they are refused. The cases stand in jwt_*_attack_test.cpp,
// row by row of the rules for JWTs (RFC 8725, RFC 7515, RFC 7519).
#pragma once

#include "forge.h"

#include <gtest/gtest.h>
#include <string>
#include <string_view>

namespace gatehouse::tokens::testing {

struct Attack {
  const char* name;
  std::string (*token)(Forge& forge);
};

class HostileToken : public ::testing::TestWithParam<Attack> {};

inline std::string name_of(const ::testing::TestParamInfo<Attack>& tested) { return tested.param.name; }

// A token with one header member set, under a right signature.
inline std::string with_header(Forge& forge, std::string_view name, std::string_view json) {
  return forge.sign(forge.good_header().set(name, json), good_payload());
}

// The same under a signature made with something else than our key.
inline std::string with_mac(Forge& forge, std::string_view secret) {
  const auto input = base64url_encode(forge.good_header().set("alg", "\"HS256\"").json()) + "." +
                     base64url_encode(good_payload().json());
  return input + "." + base64url_encode(test::hmac_sha256(secret, input));
}

// Header, payload or signature, still encoded.
inline std::string part_of(const std::string& token, int index) {
  const auto first = token.find('.');
  const auto second = token.find('.', first + 1);
  switch (index) {
    case 0: return token.substr(0, first);
    case 1: return token.substr(first + 1, second - first - 1);
    default: return token.substr(second + 1);
  }
}

inline std::string with_signature(Forge& forge, std::string_view signature) {
  const auto token = forge.minted();
  return token.substr(0, token.rfind('.') + 1) + base64url_encode(signature);
}

inline std::string signature_of(const std::string& token) { return *base64url_decode(part_of(token, 2)); }

// The bits of the last character that belong to no byte are zero; the same bytes with the lowest of them set.
inline std::string with_unused_bit(std::string text) {
  const std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  text.back() = alphabet[alphabet.find(text.back()) + 1];
  return text;
}

inline std::string pem_with_crlf(const std::string& pem) {
  std::string text;
  for (const char c : pem) text += c == '\n' ? std::string("\r\n") : std::string(1, c);
  return text;
}

}  // namespace gatehouse::tokens::testing
