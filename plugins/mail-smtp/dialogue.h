// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/sdk/status.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::mail_smtp {

// How far a dialogue came: what was sent last.
enum class Phase : std::uint8_t { Connect, Hello, StartTls, Login, Sender, Recipient, Data, Body, Ping };

// Why a dialogue ended without the server's consent.
enum class Trouble : std::uint8_t {
  None,
  NotReached,
  NotInTime,
  NoTls,       // the server does not offer STARTTLS, or not any more, or refuses it
  NotTrusted,  // TLS failed, most often for the certificate
  NoLogin,     // the server offers neither AUTH PLAIN nor AUTH LOGIN, or refused them
  NoUtf8,      // the address needs SMTPUTF8, which the server does not offer
  Lost,        // anything else
};

// What is known of a dialogue, kept up to date while it goes on. One thread.
class Dialogue {
 public:
  void sent(std::string_view line);      // a command of ours; nothing of it is kept
  void received(std::string_view line);  // a line of a reply
  void body_handed_over() noexcept { body_done_ = true; }

  bool quitting() const noexcept { return quitting_; }
  bool body_done() const noexcept { return body_done_; }
  bool logged_in() const noexcept { return logged_in_; }
  bool offers_smtputf8() const noexcept { return smtputf8_; }

  // The row of the README's table: what the end of this dialogue means for the mail. `error`: the library's words.
  sdk::Status outcome(Trouble trouble, const std::string& error) const;

 private:
  sdk::Status refused() const;
  std::string where() const;

  Phase phase_ = Phase::Connect;
  int code_ = 0;      // of the whole reply to what was sent last; 0: there is none yet
  std::string text_;  // of its last line, as far as it is printable
  bool body_done_ = false;
  bool logged_in_ = false;
  bool smtputf8_ = false;
  bool quitting_ = false;
};

}  // namespace gatehouse::mail_smtp
