// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace gatehouse::accounts {

// True when `lower_case` is on the list of passwords that many people use (common_passwords.txt, compiled in).
// The time taken depends on the password; it is for choosing one, not for checking a secret.
bool is_common_password(std::string_view lower_case) noexcept;

// The whole list: sorted by bytes, each entry followed by '\n'.
std::string_view common_passwords() noexcept;

}  // namespace gatehouse::accounts
