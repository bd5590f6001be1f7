// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "unit/kms-local/plugin_instance.h"

#include <gatehouse/mail_transport.h>

#include <string>

namespace gatehouse::test {

struct Letter {
  std::string message_id = "0198c2f1.1@gatehouse.example";
  std::string from_address = "no-reply@gatehouse.example";
  std::string from_name = "Gatehouse";
  std::string to_address = "ada@example.com";
  std::string to_name = "Ada Lovelace";
  std::string subject = "Verify your address";
  std::string text = "Hello Ada,\nhttps://gatehouse.example/verify?token=abc\n";
  std::string html;
};

// Borrows from the letter.
inline gh_mail mail_of(const Letter& letter) {
  gh_mail mail{};
  mail.struct_size = sizeof mail;
  mail.message_id = slice(letter.message_id);
  mail.from_address = slice(letter.from_address);
  mail.from_name = slice(letter.from_name);
  mail.to_address = slice(letter.to_address);
  mail.to_name = slice(letter.to_name);
  mail.subject = slice(letter.subject);
  mail.text = slice(letter.text);
  mail.html = slice(letter.html);
  return mail;
}

}  // namespace gatehouse::test
