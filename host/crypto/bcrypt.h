// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gatehouse::crypto {

class HashArena;

// bcrypt reads no further, so a longer password would match by its beginning alone.
inline constexpr std::size_t bcrypt_max_password = 72;
// About a second of one core; a stored string with cost 31 would hold a worker for two days.
inline constexpr unsigned bcrypt_max_cost = 14;

// A well-formed $2a$, $2b$ or $2y$ string with a cost of 4 to 14.
bool is_bcrypt(std::string_view stored) noexcept;

// False for every password bcrypt cannot tell from another: more than 72 bytes, or a NUL inside. `stored` is_bcrypt.
// The arena is wiped again.
bool bcrypt_matches(const std::string& password, std::string_view stored, HashArena& arena);

// Whether bcrypt can be asked about this password at all.
bool bcrypt_can_hash(std::string_view password) noexcept;

}  // namespace gatehouse::crypto
