// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http.h"
#include "secret_text.h"

#include <gatehouse/sdk/status.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

// Vault's answers, read. What is not as its API documentation says is nothing (std::nullopt): the caller refuses it.
namespace gatehouse::kms_vault {

struct Grant {
  SecretText token;        // empty where the answer has none
  std::int64_t ttl_s = 0;  // 0: without end
  bool renewable = false;
};
std::optional<Grant> read_login(const std::string& body);   // auth/.../login, auth/token/renew-self
std::optional<Grant> read_lookup(const std::string& body);  // auth/token/lookup-self

struct TransitVersion {
  std::int64_t created_us = 0;
  std::string public_key;  // DER SubjectPublicKeyInfo; empty for a symmetric key
};
struct TransitKey {
  std::uint32_t algorithm = 0;  // GH_ALG_*; 0: a type that Gatehouse has no use for
  std::string type;             // in Vault's words
  std::uint32_t latest = 0;
  std::map<std::uint32_t, TransitVersion> versions;  // those that Vault still verifies with
};
std::optional<TransitKey> read_key(const std::string& body);  // transit/keys/<name>

struct Versioned {
  std::uint32_t version = 0;
  std::string bytes;
};
std::optional<Versioned> read_hmac(const std::string& body);  // transit/hmac/<name>/sha2-256: 32 bytes
std::optional<Versioned> read_signature(const std::string& body, std::uint32_t algorithm);

// The `errors` of a refusal as one line of at most 300 printable characters; empty where there are none.
std::string read_errors(const std::string& body);

// What an answer that is not a success means, the row of the README's table for it. `what` says what was asked for, and
// `changes` whether it would have changed something. Only for answers that are no success.
sdk::Status refusal(const HttpAnswer& answer, std::string_view what, bool changes);

std::string base64(std::string_view bytes);

}  // namespace gatehouse::kms_vault
