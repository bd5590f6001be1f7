// SPDX-License-Identifier: Apache-2.0
#include "accounts/unicode.h"

#include "base/secret.h"

#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <new>
#include <stdexcept>

namespace gatehouse::accounts {
namespace {

struct Free {
  void operator()(std::uint8_t* memory) const noexcept { std::free(memory); }
};

const std::uint8_t* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

// libunistring answers with memory of its own, or null and errno. The text may be a password, hence the wiping.
std::string take(std::uint8_t* result, std::size_t length) {
  const std::unique_ptr<std::uint8_t, Free> owner(result);
  if (owner) {
    std::string text(reinterpret_cast<const char*>(result), length);
    wipe(result, length);
    return text;
  }
  if (errno == ENOMEM) throw std::bad_alloc();
  throw std::invalid_argument("text is not well-formed UTF-8");
}

std::string normalize(uninorm_t form, std::string_view text) {
  if (text.empty()) return {};
  std::size_t length = 0;
  std::uint8_t* result = u8_normalize(form, bytes_of(text), text.size(), nullptr, &length);
  return take(result, length);
}

}  // namespace

std::string to_nfc(std::string_view text) { return normalize(UNINORM_NFC, text); }

std::string to_nfkc(std::string_view text) { return normalize(UNINORM_NFKC, text); }

std::string to_nfkc_lower(std::string_view text) {
  if (text.empty()) return {};
  const Secret<std::string> composed(to_nfkc(text));
  const std::string_view from = composed.reveal();
  std::size_t length = 0;
  std::uint8_t* result = u8_tolower(bytes_of(from), from.size(), nullptr, UNINORM_NFKC, nullptr, &length);
  return take(result, length);
}

std::uint32_t take_code_point(std::string_view& text) {
  ucs4_t code_point = 0;
  const int length = u8_mbtoucr(&code_point, bytes_of(text), text.size());
  if (length <= 0) throw std::invalid_argument("text is not well-formed UTF-8");
  text.remove_prefix(static_cast<std::size_t>(length));
  return code_point;
}

std::string_view trim_white_space(std::string_view text) {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool begun = false;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t at = text.size() - rest.size();
    if (uc_is_property_white_space(take_code_point(rest))) continue;
    if (!begun) begin = at;
    begun = true;
    end = text.size() - rest.size();
  }
  return text.substr(begin, end - begin);
}

bool is_invisible(std::uint32_t code_point) noexcept {
  return uc_is_general_category_withtable(code_point, UC_CATEGORY_MASK_C | UC_CATEGORY_MASK_Zl | UC_CATEGORY_MASK_Zp) ||
         uc_is_property_default_ignorable_code_point(code_point);
}

bool has_invisible(std::string_view text) {
  while (!text.empty()) {
    if (is_invisible(take_code_point(text))) return true;
  }
  return false;
}

bool is_upper(std::uint32_t code_point) noexcept { return uc_is_property_uppercase(code_point); }
bool is_lower(std::uint32_t code_point) noexcept { return uc_is_property_lowercase(code_point); }
bool is_digit(std::uint32_t code_point) noexcept { return uc_is_property_decimal_digit(code_point); }

bool is_mark(std::uint32_t code_point) noexcept {
  return uc_is_general_category_withtable(code_point, UC_CATEGORY_MASK_M);
}

bool is_letter_or_number(std::uint32_t code_point) noexcept {
  return uc_is_general_category_withtable(code_point, UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_N);
}

}  // namespace gatehouse::accounts
