// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "secret_bytes.h"

#include <cstdint>
#include <string_view>
#include <vector>

// HMAC keys from secrets that the operator shares out to several nodes (`hmac_secrets`), instead of from the keyring.
namespace gatehouse::kms_local {

struct SharedSecret {
  std::uint32_t version = 0;
  SecretBytes bytes;
};

// Each entry is one secret or several with commas between them; the first signs. A secret is hex or base64 of 32 bytes
// or more, optionally with its version before it ("3:<secret>"). Without one it gets the version after that of its
// right neighbour, the last one 1: so putting a new secret in front leaves the others' versions alone. The result is in
// the order of the list: the signing one first, versions falling. Throws std::invalid_argument, never quoting a secret:
// not hex or base64, too short, visibly not random (one byte repeated, a repeating or counting pattern, text that was
// typed), the same secret twice, versions that do not fall.
std::vector<SharedSecret> parse_shared_secrets(const std::vector<std::string_view>& entries);

// 32 bytes that belong to this purpose alone: HKDF-SHA256 (RFC 5869) of the secret, no salt, the purpose as info.
// Throws std::runtime_error when OpenSSL refuses.
SecretBytes derive_key(const SecretBytes& secret, std::string_view purpose);

}  // namespace gatehouse::kms_local
