// SPDX-License-Identifier: Apache-2.0
#include "case.h"

namespace gatehouse::check {

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (const auto& group :
       {loading_cases(), lifecycle_cases(), store_cases(), watch_cases(), kms_cases(), limiter_cases(), mail_cases()}) {
    all.insert(all.end(), group.begin(), group.end());
  }
  return all;
}

}  // namespace gatehouse::check
