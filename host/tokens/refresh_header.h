// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tokens/refresh_token.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::tokens {

// The bytes of a refresh token that say which one it is:
//   format 1 | key version varint | tenant 16 | user 16 | session 16 | generation varint
// Self-delimiting: no header is the beginning of another.
inline constexpr std::size_t max_refresh_header = 1 + 5 + 48 + 10;

// Empty: an id that no token can hold.
std::optional<std::string> write_refresh_header(const RefreshTokenId& id);

// A header at the start of `bytes`, and how long it is. Only what write_refresh_header writes.
struct RefreshHeader {
  RefreshTokenId id;
  std::size_t size = 0;
};
std::optional<RefreshHeader> read_refresh_header(std::string_view bytes);

}  // namespace gatehouse::tokens
