// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "base/secret.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace gatehouse::accounts {

// What a new password must be like. Lengths are counted in code points; at most 128 in every profile.
//   classic  12 or more; upper case, lower case, digit and sign; no character more than twice in a row
//   short    as classic, 8 or more
//   nist     15 or more, no classes (SP 800-63B-4); at least 5 different characters; none of the context words
// In every profile: no common password, and no context word, dressed up (guessable.h), not only runs of a keyboard, and
// not containing the owner's address.
enum class PasswordProfile : std::uint8_t { Classic, Nist, Short };

// "classic", "nist", "short": the values of `passwords.policy`.
std::optional<PasswordProfile> parse_password_profile(std::string_view name) noexcept;

inline constexpr std::size_t max_password_code_points = 128;

// The signs of the classic and short profiles.
inline constexpr std::string_view password_signs = "!@#$%^&*()_+-=[]{}|;:,.<>?";

struct PasswordContext {
  // EmailAddress::normalized of the owner; empty: none. Its local part is looked for when it has 3 code points or more.
  std::string_view email;
  // Names that guessers try first: the product, the tenant, the organization. Profile nist; words of fewer than 3 code
  // points are passed over.
  std::span<const std::string_view> words;
};

// Judges a password somebody wants to have. Pure, any thread. Letter case, width (NFKC) and look-alikes of letters make
// no difference to the list, the address and the words.
//
// The error is PasswordPolicy with one entry for every rule that failed, at `pointer`: PASSWORD_TOO_SHORT,
// PASSWORD_TOO_LONG, PASSWORD_NEEDS_UPPER, PASSWORD_NEEDS_LOWER, PASSWORD_NEEDS_DIGIT, PASSWORD_NEEDS_SPECIAL,
// PASSWORD_REPEATS, PASSWORD_SEQUENCE, PASSWORD_COMMON, PASSWORD_CONTAINS_EMAIL, PASSWORD_CONTAINS_CONTEXT, or alone
// PASSWORD_INVALID_CHARACTERS for what is not UTF-8 or has a NUL. No entry repeats any part of the password.
Result<void> check_password(PasswordProfile profile, const Secret<std::string>& password,
                            const PasswordContext& context, std::string_view pointer = "/password");

}  // namespace gatehouse::accounts
