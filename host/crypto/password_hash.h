// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "base/secret.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse {
class Random;
}

namespace gatehouse::crypto {

class HashArena;

struct HashParameters {
  std::uint32_t memory_kib = 64 * 1024;
  std::uint32_t passes = 3;
  std::uint32_t lanes = 4;
};

// What a stored hash said about a presented password.
struct Verified {
  bool matches = false;
  bool needs_rehash = false;  // other parameters than today's, or bcrypt
};

// Argon2id as PHC strings (RFC 9106), salt 16 bytes, hash 32 bytes, one thread a hash; verifies bcrypt ($2a$ $2b$ $2y$)
// for users who came from elsewhere. Hashing needs an arena, so it can only happen in the hash lane.
class PasswordHash {
 public:
  PasswordHash(HashParameters parameters, Random& random);

  // Fails with Internal when no randomness or memory could be had.
  Result<std::string> make(const Secret<std::string>& password, HashArena& arena) const;

  // A stored string that is malformed, of another scheme, or asks for more than 256 MiB or 10 passes never matches,
  // after the same work as the dummy. More than 72 bytes never match a bcrypt string.
  Verified verify(const Secret<std::string>& password, std::string_view stored, HashArena& arena) const;

  // The work of one verification, for users that do not exist.
  void dummy(const Secret<std::string>& password, HashArena& arena) const;

 private:
  HashParameters parameters_;
  Random& random_;
};

}  // namespace gatehouse::crypto
