// SPDX-License-Identifier: Apache-2.0
#include "accounts/email.h"

#include "accounts/field_error.h"
#include "accounts/unicode.h"
#include "base/encoding.h"

#include <idn2.h>

#include <algorithm>
#include <memory>
#include <optional>

namespace gatehouse::accounts {
namespace {

// RFC 5321 4.5.3.1; the path of 256 octets holds two angle brackets.
constexpr std::size_t max_local = 64;
constexpr std::size_t max_address = 254;
constexpr std::size_t max_domain = 253;
constexpr std::size_t max_label = 63;
// Longer input is refused before any work is spent on it; normalisation rarely shortens a text, and never by half.
constexpr std::size_t max_typed = 1024;

Error invalid(std::string_view pointer, std::string_view detail) {
  return field_error(pointer, "EMAIL_INVALID", detail);
}

bool is_atext(std::uint32_t code_point) noexcept {
  constexpr std::string_view signs = "!#$%&'*+-/=?^_`{|}~";
  if (code_point >= 0x80) return is_letter_or_number(code_point) || is_mark(code_point);
  return is_letter_or_number(code_point) || signs.find(static_cast<char>(code_point)) != std::string_view::npos;
}

// Dot-separated, none of the parts empty or beginning with a combining mark (it would attach itself to the sign
// before).
bool is_local_part(std::string_view local) {
  if (local.empty() || local.size() > max_local) return false;
  bool at_start = true;
  while (!local.empty()) {
    const auto code_point = take_code_point(local);
    if (code_point == '.') {
      if (at_start) return false;
      at_start = true;
      continue;
    }
    if (!is_atext(code_point) || (at_start && is_mark(code_point))) return false;
    at_start = false;
  }
  return !at_start;
}

bool is_label(std::string_view label) noexcept {
  if (label.empty() || label.size() > max_label || label.front() == '-' || label.back() == '-') return false;
  return std::all_of(label.begin(), label.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

bool is_host_name(std::string_view domain) noexcept {
  if (domain.size() > max_domain) return false;
  std::size_t labels = 0;
  std::string_view label;
  for (std::string_view rest = domain;; ++labels) {
    const auto dot = rest.find('.');
    label = rest.substr(0, dot);
    if (!is_label(label)) return false;
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  // A last label of digits is an IPv4 address (RFC 3696 2).
  return labels >= 1 && label.find_first_not_of("0123456789") != std::string_view::npos;
}

struct IdnFree {
  void operator()(char* memory) const noexcept { idn2_free(memory); }
};
using IdnText = std::unique_ptr<char, IdnFree>;

// The domain in A-labels, or nothing where IDNA has no such name.
std::optional<std::string> to_a_labels(const std::string& domain) {
  char* result = nullptr;
  // Not IDN2_USE_STD3_ASCII_RULES: libidn2 then drops what the rules forbid ("exam_ple" becomes "example") where it
  // should refuse. is_host_name below does.
  const int flags = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL;
  const int status = idn2_to_ascii_8z(domain.c_str(), &result, flags);
  const IdnText owner(result);
  if (status != IDN2_OK || !owner) return std::nullopt;
  std::string labels(owner.get());
  if (!is_host_name(labels)) return std::nullopt;
  return labels;
}

bool is_ascii(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// ASCII as it was typed, anything else in the one spelling that its A-labels stand for.
std::optional<std::string> domain_for_people(std::string_view typed, const std::string& a_labels) {
  if (is_ascii(typed)) return std::string(typed);
  char* result = nullptr;
  const int status = idn2_to_unicode_8z8z(a_labels.c_str(), &result, 0);
  const IdnText owner(result);
  if (status != IDN2_OK || !owner) return std::nullopt;
  return std::string(owner.get());
}

struct Parts {
  std::string_view local;
  std::string_view domain;
};

// Splits at the only at sign.
std::optional<Parts> split_at_sign(std::string_view text) noexcept {
  const auto at = text.find('@');
  if (at == std::string_view::npos || text.find('@', at + 1) != std::string_view::npos) return std::nullopt;
  return Parts{text.substr(0, at), text.substr(at + 1)};
}

}  // namespace

Result<EmailAddress> parse_email(std::string_view typed, std::string_view pointer) {
  if (typed.size() > max_typed) return invalid(pointer, "The address is too long.");
  if (!is_utf8(typed)) return invalid(pointer, "The address is not valid UTF-8.");
  const auto trimmed = trim_white_space(typed);

  const std::string plain = to_nfkc(trimmed);
  if (has_invisible(plain)) return invalid(pointer, "The address contains characters that cannot be seen.");
  const auto parts = split_at_sign(plain);
  if (!parts) return invalid(pointer, "An address has exactly one @ sign.");
  const std::string local = to_nfkc_lower(parts->local);
  if (!is_local_part(parts->local) || !is_local_part(local)) {
    return invalid(pointer, "The part before the @ sign is empty, too long or has characters that are not allowed.");
  }
  const auto domain = to_a_labels(std::string(parts->domain));
  if (!domain) return invalid(pointer, "The part after the @ sign is not the full name of a host.");
  const auto shown_domain = domain_for_people(parts->domain, *domain);
  if (!shown_domain) return invalid(pointer, "The part after the @ sign is not the full name of a host.");

  EmailAddress address{std::string(parts->local) + "@" + *shown_domain, local + "@" + *domain};
  if (address.normalized.size() > max_address) return invalid(pointer, "The address is too long.");
  return address;
}

}  // namespace gatehouse::accounts
