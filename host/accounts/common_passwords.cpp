// SPDX-License-Identifier: Apache-2.0
#include "accounts/common_passwords.h"

namespace gatehouse::accounts {
namespace {

constexpr char list[] =
#include "common_passwords.inc"
    ;

}  // namespace

std::string_view common_passwords() noexcept { return {list, sizeof(list) - 1}; }

bool is_common_password(std::string_view lower_case) noexcept {
  std::string_view rest = common_passwords();
  while (!rest.empty()) {
    // The entry that the middle falls into; rfind gives npos for the first one, and npos + 1 is 0.
    const auto middle = (rest.size() - 1) / 2;
    const auto begin = middle == 0 ? 0 : rest.rfind('\n', middle - 1) + 1;
    const auto end = rest.find('\n', begin);
    const int order = lower_case.compare(rest.substr(begin, end - begin));
    if (order == 0) return true;
    rest = order < 0 ? rest.substr(0, begin) : rest.substr(end + 1);
  }
  return false;
}

}  // namespace gatehouse::accounts
