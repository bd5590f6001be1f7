// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace gatehouse::store_memory {

// Numbers in as few bytes as they need, seven bits a byte. Only for bytes this process wrote itself: reading trusts
// what it reads.
constexpr std::size_t max_varint_size = 10;

inline std::uint8_t* write_varint(std::uint8_t* at, std::uint64_t value) noexcept {
  while (value >= 0x80) {
    *at++ = static_cast<std::uint8_t>(value | 0x80);
    value >>= 7;
  }
  *at++ = static_cast<std::uint8_t>(value);
  return at;
}

inline const std::uint8_t* read_varint(const std::uint8_t* at, std::uint64_t& value) noexcept {
  std::uint64_t byte = *at++;
  value = byte & 0x7f;
  for (unsigned shift = 7; byte >= 0x80; shift += 7) {
    byte = *at++;
    value |= (byte & 0x7f) << shift;
  }
  return at;
}

// Signed numbers so that small ones are short on both sides of zero.
inline std::uint64_t zigzag(std::int64_t value) noexcept {
  const auto bits = static_cast<std::uint64_t>(value);
  return (bits << 1) ^ (value < 0 ? ~std::uint64_t{0} : 0);
}
inline std::int64_t unzigzag(std::uint64_t value) noexcept {
  return static_cast<std::int64_t>((value >> 1) ^ ((value & 1) != 0 ? ~std::uint64_t{0} : 0));
}

// Differences wrap around, so that no pair of numbers is too far apart.
inline std::int64_t wrapping_difference(std::int64_t a, std::int64_t b) noexcept {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}
inline std::int64_t wrapping_sum(std::int64_t a, std::int64_t b) noexcept {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

}  // namespace gatehouse::store_memory
