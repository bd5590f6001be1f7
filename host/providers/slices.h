// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/abi.h>

#include <cstdint>
#include <string_view>

// For this folder's sources only: texts across the C edge.
namespace gatehouse::providers {

inline gh_slice slice(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// No text or bytes of a record, key or cursor come near it. A size that is no size would have us read all of memory.
inline constexpr std::uint64_t longest_slice = 16u << 20;

// A plugin that names bytes it does not point at, or more than there can be, is not believed: the text is empty and
// `honest` turns false.
inline std::string_view text_of(gh_slice slice, bool& honest) {
  if (slice.size == 0) return {};
  if (slice.data == nullptr || slice.size > longest_slice) {
    honest = false;
    return {};
  }
  return {reinterpret_cast<const char*>(slice.data), static_cast<std::size_t>(slice.size)};
}

}  // namespace gatehouse::providers
