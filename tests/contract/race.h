// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "contract/test_store.h"
#include "contract/threads.h"

#include <algorithm>
#include <cstdint>
#include <string>

// Many threads on few records. What one thread cannot see, none may see.
namespace gatehouse::contract {

constexpr int threads = 8;

// Fewer rounds where each takes longer.
inline int scaled(int rounds) {
#ifdef GATEHOUSE_SANITIZED
  constexpr double share = 0.1;
#else
  constexpr double share = 1.0;
#endif
  return std::max(1, static_cast<int>(rounds * share * quirks().effort));
}

class Race : public StoreContract {
 protected:
  std::int64_t counter(const std::string& id) const {
    return store.read(kind::Session, key(id))->values[session::Counter].i;
  }
  static Write counted(const std::string& id, std::int64_t expected, std::int64_t count,
                       const std::string& partition = "p") {
    return put(kind::Session, key(id, partition), expected, session_of("o", 0, count));
  }
};

}  // namespace gatehouse::contract
