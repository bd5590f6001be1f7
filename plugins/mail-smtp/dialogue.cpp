// SPDX-License-Identifier: Apache-2.0
#include "dialogue.h"

#include <algorithm>
#include <cctype>

namespace gatehouse::mail_smtp {
namespace {

constexpr std::size_t max_words = 200;

bool begins(std::string_view line, std::string_view prefix) { return line.substr(0, prefix.size()) == prefix; }

bool same_word(std::string_view word, std::string_view expected) {
  return word.size() == expected.size() && std::equal(word.begin(), word.end(), expected.begin(), [](char a, char b) {
           return std::toupper(static_cast<unsigned char>(a)) == b;
         });
}

const char* name(Phase phase) {
  switch (phase) {
    case Phase::Connect: return "connecting";
    case Phase::Hello: return "EHLO";
    case Phase::StartTls: return "STARTTLS";
    case Phase::Login: return "AUTH";
    case Phase::Sender: return "MAIL FROM";
    case Phase::Recipient: return "RCPT TO";
    case Phase::Data: return "DATA";
    case Phase::Body: return "the message";
    case Phase::Ping: return "NOOP";
  }
  return "?";
}

// RFC 3463: a mailbox or system of the sender's that is not as it should be (x.1.7, x.1.8), or a policy against who
// sends (x.7.x). RFC 5321 gives the code of the reply no such meaning, and servers tell it as late as at the message.
bool is_about_sender(std::string_view text) {
  return begins(text, "5.1.7") || begins(text, "5.1.8") || begins(text, "5.7.");
}

// The mail's size, told at MAIL FROM because its SIZE is there (RFC 1870).
bool is_about_size(int code, std::string_view text) { return code == 552 || begins(text, "5.3.4"); }

bool is_about_credentials(int code) { return code == 530 || code == 534 || code == 535 || code == 538; }

}  // namespace

void Dialogue::sent(std::string_view line) {
  // What the dialogue came to stands by then.
  if (begins(line, "QUIT\r\n")) quitting_ = true;
  if (quitting_) return;
  struct Command {
    std::string_view word;
    Phase phase;
  };
  static constexpr Command commands[] = {
      {"EHLO ", Phase::Hello},   {"HELO ", Phase::Hello},       {"STARTTLS\r\n", Phase::StartTls},
      {"AUTH ", Phase::Login},   {"MAIL FROM:", Phase::Sender}, {"RCPT TO:", Phase::Recipient},
      {"DATA\r\n", Phase::Data}, {"NOOP\r\n", Phase::Ping},
  };
  for (const auto& [word, phase] : commands) {
    if (!begins(line, word)) continue;
    phase_ = phase;
    if (phase == Phase::Hello) smtputf8_ = false;
    break;
  }
  code_ = 0;
  text_.clear();
}

void Dialogue::received(std::string_view line) {
  if (quitting_) return;
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (line.size() < 3 || !std::all_of(line.begin(), line.begin() + 3, digit)) return;
  const std::string_view words = line.substr(std::min<std::size_t>(line.size(), 4));
  if (phase_ == Phase::Hello && same_word(words.substr(0, words.find(' ')), "SMTPUTF8")) smtputf8_ = true;
  if (line.size() > 3 && line[3] == '-') return;
  code_ = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  text_ = words.substr(0, max_words);
  std::replace_if(
      text_.begin(), text_.end(), [](char c) { return c < ' ' || c > '~'; }, ' ');
  if (phase_ == Phase::Login && code_ == 235) logged_in_ = true;
  // What comes after the whole message was handed over is the answer to it.
  if (body_done_ && phase_ == Phase::Data) phase_ = Phase::Body;
}

std::string Dialogue::where() const {
  return body_done_ && phase_ == Phase::Data ? "after the message" : std::string("at ") + name(phase_);
}

sdk::Status Dialogue::refused() const {
  const std::string words = "refused " + where() + " with " + std::to_string(code_) + " " + text_;
  // Before a login nothing is known of us but the address, so there is nothing to mend here.
  const bool before_login = phase_ == Phase::Connect || phase_ == Phase::Hello || phase_ == Phase::StartTls;
  if (before_login || code_ / 100 == 4) return {GH_UNAVAILABLE, words};
  if (phase_ == Phase::Login || is_about_credentials(code_)) {
    return {GH_DENIED, words + "; are username and password right?"};
  }
  const bool any_mail = phase_ == Phase::Sender && !is_about_size(code_, text_);
  const bool told_later = phase_ == Phase::Recipient || phase_ == Phase::Data || phase_ == Phase::Body;
  if (any_mail || (told_later && is_about_sender(text_))) {
    return {GH_DENIED, words + "; may this server, with this username, send mails from the address in mail.from?"};
  }
  const bool about_the_mail =
      phase_ == Phase::Sender || phase_ == Phase::Recipient || phase_ == Phase::Data || phase_ == Phase::Body;
  return {about_the_mail ? GH_INVALID : GH_UNAVAILABLE, words};
}

sdk::Status Dialogue::outcome(Trouble trouble, const std::string& error) const {
  if (trouble == Trouble::None) return {};
  const std::string why = where() + ": " + error;
  if (body_done_) {
    if (phase_ == Phase::Body && code_ >= 400 && code_ < 600) return refused();
    return {GH_IN_DOUBT, "no answer to the whole message, it may have been taken: " + why};
  }
  switch (trouble) {
    case Trouble::NotInTime: return {GH_TIMEOUT, "too slow " + why};
    case Trouble::NotReached: return {GH_UNAVAILABLE, "cannot be reached: " + error};
    case Trouble::NoTls:
      if (code_ >= 400) return refused();
      return {GH_UNAVAILABLE,
              "does not offer STARTTLS, or somebody between took the offer away; nothing was sent: " + error};
    case Trouble::NotTrusted:
      return {GH_UNAVAILABLE,
              "is not trusted: " + error + "; is ca_file the authority of its certificate, and is host on it?"};
    case Trouble::NoUtf8: return {GH_INVALID, "offers no SMTPUTF8, and an address is not ASCII before its @"};
    case Trouble::NoLogin:
      if (code_ >= 400) return refused();
      return {GH_DENIED, "offers neither AUTH PLAIN nor AUTH LOGIN over this connection; nothing was sent"};
    case Trouble::None:
    case Trouble::Lost: break;
  }
  if (code_ >= 400 && code_ < 600) return refused();
  return {GH_UNAVAILABLE, "broke off " + why};
}

}  // namespace gatehouse::mail_smtp
