// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/store.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace example_store {

// Builds bytes whose plain comparison is the order the contract asks for: NULL first, numbers by value, text byte by
// byte and the shorter first. Any ordered map of byte strings then is an index.
class OrderedKey {
 public:
  OrderedKey& number(std::uint32_t number) {
    big_endian(number, 4);
    return *this;
  }

  // Groups of eight bytes, each followed by 0xFF, or in the last one by 0xFF minus how many are missing. It costs a
  // ninth where escaping a terminator could double the size, and the text's beginnings are beginnings of the result.
  OrderedKey& bytes(std::string_view text) {
    for (; text.size() >= 8; text.remove_prefix(8)) bytes_.append(text.substr(0, 8)).push_back('\xFF');
    const auto missing = 8 - text.size();
    bytes_.append(text).append(missing, '\0').push_back(static_cast<char>(0xFF - missing));
    return *this;
  }

  // What the result of bytes() begins with for every text that begins with `text` (and for some shorter ones).
  OrderedKey& bytes_beginning(std::string_view text) {
    for (; text.size() >= 8; text.remove_prefix(8)) bytes_.append(text.substr(0, 8)).push_back('\xFF');
    bytes_.append(text);
    return *this;
  }

  OrderedKey& null() {
    bytes_.push_back(0);
    return *this;
  }
  // Comes before the value in each key, and after null().
  OrderedKey& not_null() {
    bytes_.push_back(1);
    return *this;
  }
  OrderedKey& value(std::uint32_t type, std::int64_t i, std::string_view s) {
    if (type == GH_NULL) return null();
    not_null();
    if (type == GH_TEXT || type == GH_BYTES) return bytes(s);
    // With the sign bit turned over, negative numbers come first.
    big_endian(static_cast<std::uint64_t>(i) ^ (std::uint64_t{1} << 63), 8);
    return *this;
  }

  const std::string& str() const { return bytes_; }

  // The first key after all that begin with this one.
  std::string after() const {
    std::string end = bytes_;
    while (!end.empty() && end.back() == '\xFF') end.pop_back();
    if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
    return end;
  }

 private:
  void big_endian(std::uint64_t number, int size) {
    for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) bytes_.push_back(static_cast<char>(number >> shift));
  }

  std::string bytes_;
};

}  // namespace example_store
