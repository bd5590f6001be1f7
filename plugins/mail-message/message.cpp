// SPDX-License-Identifier: Apache-2.0
#include "mail-message/message.h"

#include "mail-message/encoding.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>

namespace gatehouse::mail_message {
namespace {

constexpr std::size_t max_address_bytes = 320;     // RFC 3696: 64 + "@" + 255
constexpr std::size_t max_message_id_bytes = 200;  // it has to fit into a file name
constexpr std::size_t max_header_bytes = 4096;

[[noreturn]] void refuse(std::string_view member, std::string_view why) {
  throw InvalidMail(std::string(member) + " " + std::string(why));
}

void check_header(std::string_view member, std::string_view value) {
  if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
    refuse(member, "holds a line break or a NUL");
  }
  if (!is_utf8(value)) refuse(member, "is not UTF-8");
  if (value.size() > max_header_bytes) refuse(member, "is longer than 4096 bytes");
}

// U+0080 to U+009F, U+2028 and U+2029: line ends to some readers.
bool has_line_end_beyond_ascii(std::string_view utf8) {
  for (std::size_t i = 0; i + 1 < utf8.size(); ++i) {
    const auto second = static_cast<unsigned char>(utf8[i + 1]);
    if (utf8[i] == '\xc2' && second < 0xa0) return true;
    if (utf8.substr(i, 3) == "\xe2\x80\xa8" || utf8.substr(i, 3) == "\xe2\x80\xa9") return true;
  }
  return false;
}

void check_token(std::string_view member, std::string_view value, std::size_t max_bytes) {
  check_header(member, value);
  if (value.empty()) refuse(member, "is empty");
  if (value.size() > max_bytes) refuse(member, "is longer than " + std::to_string(max_bytes) + " bytes");
  const auto forbidden = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte == 0x7f || std::string_view("<>(),;\\\"").find(c) != std::string_view::npos;
  };
  if (std::any_of(value.begin(), value.end(), forbidden) || has_line_end_beyond_ascii(value)) {
    refuse(member, "holds a character that has no place there");
  }
}

void check_address(std::string_view member, std::string_view value) {
  check_token(member, value, max_address_bytes);
  const std::size_t at = value.find('@');
  if (at == 0 || at == std::string_view::npos || at + 1 == value.size() || value.find('@', at + 1) != value.npos) {
    refuse(member, "is not an address");
  }
}

std::string date_text(std::int64_t us) {
  static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_seconds time{std::chrono::floor<std::chrono::seconds>(std::chrono::microseconds{us})};
  const auto midnight = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{midnight};
  const std::chrono::hh_mm_ss clock{time - midnight};
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d +0000",
                days[std::chrono::weekday{midnight}.c_encoding()], static_cast<unsigned>(date.day()),
                months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

// A name as a quoted string where ASCII does, and else as encoded words.
std::string mailbox(std::string_view name, std::string_view address) {
  std::string text;
  if (!name.empty() && is_plain(name)) {
    text += '"';
    for (const char c : name) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += "\"\r\n ";
  } else if (!name.empty()) {
    text = encoded_words(name) + "\r\n ";
  }
  return text + "<" + std::string(address) + ">";
}

std::string part(std::string_view type, std::string_view body) {
  const bool seven_bit = is_seven_bit(body);
  std::string text = "Content-Type: text/" + std::string(type) + "; charset=utf-8\r\n";
  text += seven_bit ? "Content-Transfer-Encoding: 7bit\r\n\r\n" : "Content-Transfer-Encoding: quoted-printable\r\n\r\n";
  return text + (seven_bit ? with_crlf(body) : quoted_printable(body));
}

// Not in either part, and the same for the same parts.
std::string boundary_for(std::string_view text, std::string_view html) {
  for (unsigned n = 0;; ++n) {
    std::string boundary = "=_gatehouse_" + std::to_string(n);
    if (text.find(boundary) == std::string_view::npos && html.find(boundary) == std::string_view::npos) return boundary;
  }
}

}  // namespace

void check(const Mail& mail) {
  check_token("message_id", mail.message_id, max_message_id_bytes);
  check_address("from_address", mail.from_address);
  check_address("to_address", mail.to_address);
  check_header("from_name", mail.from_name);
  check_header("to_name", mail.to_name);
  check_header("subject", mail.subject);
  if (!is_utf8(mail.text)) refuse("text", "is not UTF-8");
  if (!is_utf8(mail.html)) refuse("html", "is not UTF-8");
}

std::string compose(const Mail& mail, std::int64_t date_us) {
  std::string text = "Date: " + date_text(date_us) + "\r\n";
  text += "From: " + mailbox(mail.from_name, mail.from_address) + "\r\n";
  text += "To: " + mailbox(mail.to_name, mail.to_address) + "\r\n";
  text += "Subject: " + (is_plain(mail.subject) ? std::string(mail.subject) : encoded_words(mail.subject)) + "\r\n";
  text += "Message-ID: <" + std::string(mail.message_id) + ">\r\n";
  // Nobody's holiday notice answers it (RFC 3834 5).
  text += "Auto-Submitted: auto-generated\r\n";
  text += "MIME-Version: 1.0\r\n";
  const std::string plain = part("plain", mail.text);
  if (mail.html.empty()) return text + plain;

  const std::string html = part("html", mail.html);
  const std::string boundary = boundary_for(plain, html);
  text += "Content-Type: multipart/alternative; boundary=\"" + boundary + "\"\r\n\r\n";
  // The last alternative is the preferred one (RFC 2046 5.1.4).
  text += "--" + boundary + "\r\n" + plain + "\r\n--" + boundary + "\r\n" + html + "\r\n--" + boundary + "--\r\n";
  return text;
}

}  // namespace gatehouse::mail_message
