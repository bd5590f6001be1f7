// SPDX-License-Identifier: Apache-2.0
#include "address.h"

#include "mail-message/message.h"

#include <idn2.h>

#include <algorithm>

namespace gatehouse::mail_smtp {
namespace {

constexpr std::size_t max_local_part = 64;  // RFC 5321 4.5.3.1
constexpr std::size_t max_domain = 255;

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

bool is_domain(std::string_view text) {
  return !text.empty() && text.size() <= max_domain && text.front() != '.' && text.back() != '.' &&
         text.find("..") == std::string_view::npos && std::all_of(text.begin(), text.end(), is_host_character);
}

}  // namespace

std::string wire_address(std::string_view member, std::string_view address) {
  const std::size_t at = address.find('@');
  const std::string domain(address.substr(at + 1));
  char* ascii = nullptr;
  const int result = idn2_to_ascii_8z(domain.c_str(), &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  const std::string converted(result == IDN2_OK ? ascii : "");
  idn2_free(ascii);
  if (at > max_local_part || !is_domain(converted)) {
    throw mail_message::InvalidMail(std::string(member) + " has a domain that cannot be one, or a long local part");
  }
  return std::string(address.substr(0, at + 1)) + converted;
}

bool needs_smtputf8(std::string_view wire_address) noexcept {
  return std::any_of(wire_address.begin(), wire_address.end(),
                     [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

}  // namespace gatehouse::mail_smtp
