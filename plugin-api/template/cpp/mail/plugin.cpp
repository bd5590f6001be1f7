// SPDX-License-Identifier: Apache-2.0
// The plugin: what it is called, what the operator may set, and what becomes of a mail. The contract of each call
// stands in <gatehouse/mail_transport.h>.
#include "mail_folder.h"

#include <gatehouse/sdk/plugin.hpp>

#include <array>
#include <optional>

namespace example_mail {
namespace {

constexpr std::size_t longest_name = 200;
constexpr std::string_view hex_digits = "0123456789abcdef";

// The operator writes these below [plugin.config]. A relative path arrives as an absolute one, below state_dir.
constexpr sdk::Setting settings[] = {
    sdk::Setting::path("folder", "The folder that gets one file a mail.").by_default("example-mail"),
};

bool one_line(std::string_view text) { return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos; }

// One plain address, without anything that could make a list, a comment or another field of it.
bool one_address(std::string_view text) {
  const auto at = text.find('@');
  return at != text.npos && at > 0 && at + 1 < text.size() && text.find('@', at + 1) == text.npos &&
         text.find_first_of(" \t,;:<>()[]\"\\") == text.npos && one_line(text);
}

// A line break in a header field would let whoever chose a name write header fields of their own.
bool well_formed(const sdk::MailView& mail) {
  return !mail.message_id().empty() && one_line(mail.message_id()) && one_address(mail.from_address()) &&
         one_address(mail.to_address()) && one_line(mail.from_name()) && one_line(mail.to_name()) &&
         one_line(mail.subject());
}

// The message id as a file name: a retry brings the same id and replaces its own file, so a mail is there once however
// often it is sent. Nothing: it is too long for a name.
std::optional<std::string> name_of(std::string_view message_id) {
  std::string name;
  for (const char c : message_id) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '@' || (c == '.' && !name.empty());
    if (plain) {
      name.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      name.append({'%', hex_digits[byte >> 4], hex_digits[byte & 15]});
    }
  }
  name += ".mail";
  if (name.size() > longest_name) return std::nullopt;
  return name;
}

std::string address(std::string_view name, std::string_view address) {
  const std::string in_brackets = "<" + std::string(address) + ">";
  return name.empty() ? in_brackets : std::string(name) + " " + in_brackets;
}

std::string file_text(const sdk::MailView& mail) {
  std::string text = "Message-ID: <" + std::string(mail.message_id()) + ">\n";
  text += "From: " + address(mail.from_name(), mail.from_address()) + "\n";
  text += "To: " + address(mail.to_name(), mail.to_address()) + "\n";
  text += "Subject: " + std::string(mail.subject()) + "\n\n" + std::string(mail.text());
  if (!mail.html().empty()) text += "\n--- the same as HTML ---\n" + std::string(mail.html());
  return text;
}

class Mail final : public sdk::Plugin, public sdk::MailTransport {
 public:
  // No I/O in here: this also runs when the operator only asks for a check of the configuration.
  explicit Mail(const sdk::Create& create) : host_(create.host), folder_(std::string(create.config.text("folder"))) {}

  sdk::Status start(const sdk::Call&) override { return folder_.open(); }

  sdk::Status send(const sdk::Call& call, const sdk::MailView& mail) override {
    if (!well_formed(mail)) return {GH_INVALID, "an address is none, or a header field has a line break"};
    const auto name = name_of(mail.message_id());
    if (!name) return {GH_INVALID, "the message id is too long for a file name"};
    // Disks know no deadlines, so it is looked at before the work begins. With a socket: bound every wait by it.
    if (host_.monotonic_ns() >= call.deadline_ns())
      return {GH_TIMEOUT, "the deadline passed before the mail was written"};
    std::array<unsigned char, 8> random{};
    if (!host_.random(random.data(), random.size())) return {GH_UNAVAILABLE, "the host has no randomness now"};
    std::string unique;
    for (const auto byte : random) unique.append({hex_digits[byte >> 4], hex_digits[byte & 15]});
    return folder_.write(*name, file_text(mail), unique);
  }

  sdk::Status ping(const sdk::Call&) override { return folder_.writable(); }

 private:
  const sdk::Host host_;
  MailFolder folder_;
};

}  // namespace

GATEHOUSE_PLUGIN(
    Mail, sdk::about("example-mail", "0.1.0", "Apache-2.0", "Writes each mail to a file in a folder.").with(settings));

}  // namespace example_mail
