// SPDX-License-Identifier: Apache-2.0
#include "store/store_cases.h"

namespace gatehouse::check {

std::vector<Case> store_cases() {
  using namespace store;
  std::vector<Case> all;
  for (const auto& group : {open_cases(), commit_cases(), many_cases(), unique_cases(), find_cases(), cursor_cases(),
                            expiry_cases(), limit_cases(), deadline_cases(), waiting_cases(), history_cases(),
                            race_read_cases(), race_write_cases(), linear_cases(), durable_cases(), shared_cases()}) {
    all.insert(all.end(), group.begin(), group.end());
  }
  return all;
}

}  // namespace gatehouse::check
