// SPDX-License-Identifier: Apache-2.0
#include "accounts/password_policy.h"

#include "accounts/common_passwords.h"
#include "accounts/guessable.h"
#include "accounts/unicode.h"
#include "base/encoding.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace gatehouse::accounts {
namespace {

constexpr std::size_t min_context = 3;
constexpr std::array both = {One::IsI, One::IsL};
constexpr std::size_t min_different = 5;
constexpr std::size_t max_in_a_row = 2;
// More than this cannot be 128 code points; what is beyond is not looked at, so that the work is bounded.
constexpr std::size_t max_octets = max_password_code_points * 4;

std::size_t min_length(PasswordProfile profile) noexcept {
  switch (profile) {
    case PasswordProfile::Classic: return 12;
    case PasswordProfile::Short: return 8;
    case PasswordProfile::Nist: break;
  }
  return 15;
}

// What one pass over the code points finds out.
struct Survey {
  bool upper = false;
  bool lower = false;
  bool digit = false;
  bool sign = false;
  std::size_t longest_run = 0;
  std::size_t different = 0;  // counted up to min_different
};

Survey survey(std::string_view password) {
  Survey found;
  std::array<std::uint32_t, min_different> seen{};
  std::uint32_t previous = 0;
  std::size_t run = 0;
  while (!password.empty()) {
    const auto code_point = take_code_point(password);
    found.upper = found.upper || is_upper(code_point);
    found.lower = found.lower || is_lower(code_point);
    found.digit = found.digit || is_digit(code_point);
    found.sign = found.sign ||
                 (code_point < 0x80 && password_signs.find(static_cast<char>(code_point)) != std::string_view::npos);
    run = code_point == previous ? run + 1 : 1;
    previous = code_point;
    found.longest_run = std::max(found.longest_run, run);
    const auto seen_end = seen.begin() + static_cast<std::ptrdiff_t>(found.different);
    if (seen_end != seen.end() && std::find(seen.begin(), seen_end, code_point) == seen_end) {
      seen[found.different++] = code_point;
    }
  }
  return found;
}

// Also where letters were written as their look-alikes.
bool contains_word(std::string_view lower, std::string_view word) {
  if (!is_utf8(word) || count_code_points(word) < min_context) return false;
  const auto wanted = to_nfkc_lower(word);
  if (lower.find(wanted) != std::string_view::npos) return true;
  return std::any_of(both.begin(), both.end(), [&](One one) {
    return without_look_alikes(lower, one).reveal().find(without_look_alikes(wanted, one).reveal()) !=
           std::string::npos;
  });
}

bool is_context(std::string_view text, const PasswordContext& context) {
  return std::any_of(context.words.begin(), context.words.end(), [&](std::string_view word) {
    return is_utf8(word) && count_code_points(word) >= min_context && text == to_nfkc_lower(word);
  });
}

class Findings {
 public:
  explicit Findings(std::string_view pointer) : pointer_(pointer) {}

  void add_if(bool failed, std::string_view code, std::string detail) {
    if (failed) fields_.push_back({std::string(pointer_), std::string(code), std::move(detail)});
  }

  Result<void> take() && {
    if (fields_.empty()) return {};
    Error error;
    error.code = Code::PasswordPolicy;
    error.fields = std::move(fields_);
    return error;
  }

 private:
  std::string_view pointer_;
  std::vector<FieldError> fields_;
};

void check_length(PasswordProfile profile, std::size_t length, Findings& findings) {
  const auto least = min_length(profile);
  findings.add_if(length < least, "PASSWORD_TOO_SHORT", "At least " + std::to_string(least) + " characters.");
  findings.add_if(length > max_password_code_points, "PASSWORD_TOO_LONG",
                  "At most " + std::to_string(max_password_code_points) + " characters.");
}

void check_classes(const Survey& found, Findings& findings) {
  findings.add_if(!found.upper, "PASSWORD_NEEDS_UPPER", "At least one upper-case letter.");
  findings.add_if(!found.lower, "PASSWORD_NEEDS_LOWER", "At least one lower-case letter.");
  findings.add_if(!found.digit, "PASSWORD_NEEDS_DIGIT", "At least one digit.");
  findings.add_if(!found.sign, "PASSWORD_NEEDS_SPECIAL", "At least one of the signs " + std::string(password_signs));
  findings.add_if(found.longest_run > max_in_a_row, "PASSWORD_REPEATS", "No character more than twice in a row.");
}

void check_guesses(PasswordProfile profile, std::string_view lower, const PasswordContext& context,
                   Findings& findings) {
  findings.add_if(is_sequence(lower), "PASSWORD_SEQUENCE",
                  "Not only neighbours on the keyboard, counting, or one character again and again.");
  findings.add_if(is_one_word(lower, is_common_password), "PASSWORD_COMMON",
                  "Many people use this password; it is among the first to be guessed.");
  const auto local_part = context.email.substr(0, context.email.find('@'));
  findings.add_if(contains_word(lower, local_part), "PASSWORD_CONTAINS_EMAIL", "Must not contain the e-mail address.");
  const bool has_word = profile == PasswordProfile::Nist
                            ? std::any_of(context.words.begin(), context.words.end(),
                                          [&](std::string_view word) { return contains_word(lower, word); })
                            : is_one_word(lower, [&](std::string_view text) { return is_context(text, context); });
  findings.add_if(has_word, "PASSWORD_CONTAINS_CONTEXT", "Must not contain the name of this service or of its owner.");
}

}  // namespace

std::optional<PasswordProfile> parse_password_profile(std::string_view name) noexcept {
  if (name == "classic") return PasswordProfile::Classic;
  if (name == "nist") return PasswordProfile::Nist;
  if (name == "short") return PasswordProfile::Short;
  return std::nullopt;
}

Result<void> check_password(PasswordProfile profile, const Secret<std::string>& password,
                            const PasswordContext& context, std::string_view pointer) {
  Findings findings(pointer);
  const std::string_view text = password.reveal();
  if (!is_utf8(text) || text.find('\0') != std::string_view::npos) {
    findings.add_if(true, "PASSWORD_INVALID_CHARACTERS", "Must be text.");
    return std::move(findings).take();
  }
  const auto length = count_code_points(text);
  check_length(profile, length, findings);
  if (text.size() > max_octets) return std::move(findings).take();

  const Survey found = survey(text);
  if (profile == PasswordProfile::Nist) {
    findings.add_if(found.different < min_different, "PASSWORD_REPEATS",
                    "At least " + std::to_string(min_different) + " different characters.");
  } else {
    check_classes(found, findings);
  }
  const Secret<std::string> lower(to_nfkc_lower(text));
  check_guesses(profile, lower.reveal(), context, findings);
  return std::move(findings).take();
}

}  // namespace gatehouse::accounts
