// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/abi.h>

#include <string_view>

// For this folder's sources only: texts across the C edge.
namespace gatehouse::providers {

inline gh_slice slice(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// A plugin that names bytes it does not point at is not believed: the text is empty and `honest` turns false.
inline std::string_view text_of(gh_slice slice, bool& honest) {
  if (slice.size == 0) return {};
  if (slice.data == nullptr || slice.size > SIZE_MAX / 2) {
    honest = false;
    return {};
  }
  return {reinterpret_cast<const char*>(slice.data), static_cast<std::size_t>(slice.size)};
}

}  // namespace gatehouse::providers
