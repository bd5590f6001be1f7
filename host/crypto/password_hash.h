// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "base/secret.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse {
class Clock;
class Histogram;
class MetricRegistry;
class Random;
}  // namespace gatehouse

namespace gatehouse::crypto {

class HashArena;

struct HashParameters {
  std::uint32_t memory_kib = 64 * 1024;
  std::uint32_t passes = 3;
  std::uint32_t lanes = 4;

  bool operator==(const HashParameters&) const = default;
};

// What a hash, stored or configured, may ask for at most.
inline constexpr std::uint32_t max_hash_memory_kib = 256 * 1024;
inline constexpr std::uint32_t max_hash_passes = 10;
inline constexpr std::uint32_t max_hash_lanes = 64;

// Whether Argon2id can run with them and they are within the limits.
bool are_usable(const HashParameters& parameters) noexcept;

// What a stored hash said about a presented password.
struct Verified {
  bool matches = false;
  bool needs_rehash = false;  // matches, but by other parameters than today's, or bcrypt
};

// Argon2id as PHC strings (RFC 9106), salt 16 bytes, hash 32 bytes, one thread a hash; verifies bcrypt ($2a$ $2b$ $2y$)
// for users who came from elsewhere. Hashing needs an arena, so it can only happen in the hash lane. An arena that is
// too small for a hash is replaced by memory taken for that hash alone. Any thread, each with an arena of its own.
class PasswordHash {
 public:
  // Callers refuse what is over their policy's length. This only keeps a hash from running on megabytes: a longer
  // password cannot be made, never matches, and costs nothing.
  static constexpr std::size_t max_password_bytes = 1024;

  // Throws std::invalid_argument when the parameters are not usable.
  PasswordHash(HashParameters parameters, Random& random);
  // Also observes gatehouse_password_hash_duration_seconds{algorithm}.
  PasswordHash(HashParameters parameters, Random& random, const Clock& clock, MetricRegistry& metrics);

  // Fails with Internal when no randomness or memory could be had, or the password is too long.
  Result<std::string> make(const Secret<std::string>& password, HashArena& arena) const;

  // A stored string that is malformed, of another scheme, or asks for more than 256 MiB or 10 passes (bcrypt: a cost
  // over 14) never matches, after the same work as the dummy. A password of more than 72 bytes, or with a NUL in it,
  // never matches a bcrypt string, after that work too. Never throws.
  Verified verify(const Secret<std::string>& password, std::string_view stored, HashArena& arena) const noexcept;

  // The work of one verification, for users that do not exist. Never throws.
  void dummy(const Secret<std::string>& password, HashArena& arena) const noexcept;

 private:
  bool timed_argon2id(const HashParameters& parameters, std::string_view password, std::string_view salt,
                      std::string& hash, HashArena& arena) const;
  Verified verify_or_throw(const Secret<std::string>& password, std::string_view stored, HashArena& arena) const;

  HashParameters parameters_;
  Random& random_;
  const Clock* clock_ = nullptr;
  Histogram* argon2id_seconds_ = nullptr;
  Histogram* bcrypt_seconds_ = nullptr;
};

}  // namespace gatehouse::crypto
