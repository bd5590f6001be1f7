// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "crypto/password_hash.h"

#include <cstdint>
#include <span>
#include <string_view>

namespace gatehouse::crypto {

// Argon2id version 1.3 (RFC 9106) on the calling thread alone, in the arena's memory, which is wiped again. False: the
// parameters are not usable, the salt has fewer than 8 bytes, or no memory could be had.
bool argon2id(const HashParameters& parameters, std::string_view password, std::string_view salt,
              std::span<std::uint8_t> hash, HashArena& arena);

}  // namespace gatehouse::crypto
