// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace gatehouse::accounts {

inline constexpr std::size_t max_name_code_points = 100;

// A name of a person as it is kept: NFC, white space at both ends taken away. 1 to 100 code points, without anything
// invisible: a name is shown to others, in mails and on pages, and must not reverse or hide the text around it.
// The error is ValidationFailed with one entry at `pointer`: NAME_EMPTY, NAME_TOO_LONG or NAME_INVALID_CHARACTERS.
Result<std::string> parse_name(std::string_view typed, std::string_view pointer);

// A phone number as it is kept: its digits, after a '+' where one was typed. 7 to 15 digits (E.164); spaces, hyphens,
// dots, slashes and parentheses between them are dropped.
// The error is ValidationFailed with one entry at `pointer`, PHONE_INVALID.
Result<std::string> parse_phone(std::string_view typed, std::string_view pointer = "/phone");

}  // namespace gatehouse::accounts
