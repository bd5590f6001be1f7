// SPDX-License-Identifier: Apache-2.0
#include "hash.h"

#include <cstddef>
#include <cstring>

namespace gatehouse::store_memory {
namespace {

// Both halves of the 128-bit product, folded: every bit of the factors reaches the result.
std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint64_t word(const char* bytes) noexcept {
  std::uint64_t value;
  std::memcpy(&value, bytes, sizeof(value));
  return value;
}

std::uint64_t half_word(const char* bytes) noexcept {
  std::uint32_t value;
  std::memcpy(&value, bytes, sizeof(value));
  return value;
}

struct Pair {
  std::uint64_t first;
  std::uint64_t second;
};

// Every byte of a text of 1 to 16 bytes, by reads that may overlap and never leave it.
Pair pair(const char* bytes, std::size_t size) noexcept {
  if (size >= 8) return {word(bytes), word(bytes + size - 8)};
  if (size >= 4) return {half_word(bytes), half_word(bytes + size - 4)};
  const auto byte = [&](std::size_t at) { return static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[at])); };
  return {byte(0) << 16 | byte(size / 2) << 8 | byte(size - 1), 0};
}

}  // namespace

Hash::Hash(const Secret& secret) noexcept : secret_(secret) {
  for (std::uint64_t& part : secret_) part |= 1;
}

std::uint64_t Hash::operator()(std::string_view bytes, std::uint64_t chain) const noexcept {
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  std::uint64_t state = fold(chain ^ secret_[0], bytes.size() ^ secret_[1]);
  for (; left > 16; at += 16, left -= 16) state = fold(word(at) ^ secret_[2], word(at + 8) ^ state);
  if (left > 0) {
    const Pair last = pair(at, left);
    state = fold(last.first ^ secret_[2], last.second ^ state);
  }
  return fold(state ^ secret_[3], secret_[0]);
}

std::uint64_t Hash::operator()(std::int64_t number, std::uint64_t chain) const noexcept {
  char bytes[sizeof(number)];
  std::memcpy(bytes, &number, sizeof(number));
  return (*this)(std::string_view(bytes, sizeof(bytes)), chain);
}

}  // namespace gatehouse::store_memory
