// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/password_hash.h"

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::crypto {

// A stored Argon2id hash: "$argon2id$v=19$m=65536,t=3,p=4$<salt>$<hash>", base64 without padding.
struct Argon2idString {
  HashParameters parameters;
  std::string salt;  // 8 to 64 bytes
  std::string hash;  // 16 to 64 bytes
};

std::string encode_phc(const Argon2idString& parts);

// Strict: exactly the form above, so that what it reads encodes to the same text again, and usable parameters.
std::optional<Argon2idString> decode_phc(std::string_view text);

}  // namespace gatehouse::crypto
