// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gatehouse::mail_message {

// What a message is made of; borrowed UTF-8.
struct Mail {
  std::string_view message_id;
  std::string_view from_address;
  std::string_view from_name;
  std::string_view to_address;
  std::string_view to_name;
  std::string_view subject;
  std::string_view text;
  std::string_view html;
};

// A member that no message can carry. The words name the member and never repeat it.
class InvalidMail : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Nothing that ends a header line, or that a mail program might take for the end of one, gets into a header: CR, LF and
// NUL are refused everywhere, and in addresses and the message id every other control, space, bracket and comma too.
// Throws InvalidMail. The bodies may hold any UTF-8.
void check(const Mail& mail);

// The message by RFC 5322, lines ending in CR LF: one text/plain part, or multipart/alternative when there is html.
// Names and subject become encoded words (RFC 2047) where ASCII does not do, addresses stay as they are (RFC 6532),
// bodies are 7bit where they can be read like that and else quoted-printable. The same input gives the same message.
// `mail` has passed check().
std::string compose(const Mail& mail, std::int64_t date_us);

}  // namespace gatehouse::mail_message
