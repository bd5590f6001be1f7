// SPDX-License-Identifier: Apache-2.0
#include "base/secret.h"

#include <cstring>

namespace gatehouse {

void wipe(void* data, std::size_t size) noexcept {
  if (size != 0) explicit_bzero(data, size);
}

bool constant_time_equal(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  unsigned char difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference =
        static_cast<unsigned char>(difference | (static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i])));
    // Keeps the compiler from leaving the loop early once the answer is known.
    asm volatile("" : "+r"(difference));
  }
  return difference == 0;
}

}  // namespace gatehouse
