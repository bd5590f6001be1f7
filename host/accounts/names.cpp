// SPDX-License-Identifier: Apache-2.0
#include "accounts/names.h"

#include "accounts/field_error.h"
#include "accounts/unicode.h"
#include "base/encoding.h"

namespace gatehouse::accounts {
namespace {

constexpr std::size_t min_phone_digits = 7;
constexpr std::size_t max_phone_digits = 15;
constexpr std::size_t max_phone_typed = 64;

}  // namespace

Result<std::string> parse_name(std::string_view typed, std::string_view pointer) {
  constexpr std::string_view bad_characters = "NAME_INVALID_CHARACTERS";
  if (!is_utf8(typed)) return field_error(pointer, bad_characters, "The name is not valid UTF-8.");
  const auto trimmed = trim_white_space(typed);
  if (trimmed.empty()) return field_error(pointer, "NAME_EMPTY", "The name is empty.");
  // Counted before composing as well: the work on a long text is not done first.
  if (count_code_points(trimmed) > 2 * max_name_code_points) {
    return field_error(pointer, "NAME_TOO_LONG", "At most " + std::to_string(max_name_code_points) + " characters.");
  }
  if (has_invisible(trimmed)) {
    return field_error(pointer, bad_characters, "The name contains control characters or others that cannot be seen.");
  }
  std::string name = to_nfc(trimmed);
  if (count_code_points(name) > max_name_code_points) {
    return field_error(pointer, "NAME_TOO_LONG", "At most " + std::to_string(max_name_code_points) + " characters.");
  }
  return name;
}

Result<std::string> parse_phone(std::string_view typed, std::string_view pointer) {
  constexpr std::string_view separators = " -./()";
  const auto bad = [&] {
    return field_error(pointer, "PHONE_INVALID",
                       "A phone number has 7 to 15 digits, with a + before the country code, such as +49 30 1234567.");
  };
  if (typed.size() > max_phone_typed || !is_utf8(typed)) return bad();
  const std::string plain = to_nfkc(trim_white_space(typed));
  std::string number;
  for (const char c : plain) {
    const bool is_kept = (c >= '0' && c <= '9') || (c == '+' && number.empty());
    if (is_kept) {
      number.push_back(c);
    } else if (separators.find(c) == std::string_view::npos) {
      return bad();
    }
  }
  const auto digits = number.size() - (number.rfind('+', 0) == 0 ? 1 : 0);
  if (digits < min_phone_digits || digits > max_phone_digits) return bad();
  return number;
}

}  // namespace gatehouse::accounts
