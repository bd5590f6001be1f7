// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace gatehouse::app {

// What a text in the configuration has to look like. Each returns an empty string when it does, else what is expected,
// to follow "expected ".
using Form = std::string (*)(std::string_view text);

std::string listen_address(std::string_view text);  // "127.0.0.1:8080", "[::1]:8080", "localhost:0"
std::string network(std::string_view text);         // "10.0.0.0/8", "::1/128", or one address
std::string web_origin(std::string_view text);      // "https://app.example.com": no path, no slash, no "*"
std::string web_url(std::string_view text);         // "https://auth.example.com/base": no slash at the end, no query
std::string link_url(std::string_view text);        // "https://app.example.com/reset#token={token}"
std::string base_path(std::string_view text);       // "/auth"
std::string absolute_path(std::string_view text);
std::string plugin_name(std::string_view text);     // [a-z][a-z0-9-]{0,39}
std::string plugin_library(std::string_view text);  // a file name or an absolute path
std::string sha256_digits(std::string_view text);
std::string mail_sender(std::string_view text);  // "a@example.com" or "Name <a@example.com>"
std::string short_text(std::string_view text);   // 1 to 200 characters, none of them a control character

struct MailSender {
  std::string name;  // may be empty
  std::string address;
};
// The parts of what mail_sender() has let through.
MailSender mail_sender_of(const std::string& text);

// A network in canonical form: one address gets its full prefix ("10.0.0.1" becomes "10.0.0.1/32").
std::string canonical_network(std::string_view text);
// True for networks that hold every address.
bool is_everybody(std::string_view network);

}  // namespace gatehouse::app
