// SPDX-License-Identifier: Apache-2.0
#include "mail/sending.h"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace gatehouse::check::mail {

gh_mail raw(const Mail& mail) {
  return {sizeof(gh_mail),        0,
          slice(mail.message_id), slice(mail.from_address),
          slice(mail.from_name),  slice(mail.to_address),
          slice(mail.to_name),    slice(mail.subject),
          slice(mail.text),       slice(mail.html)};
}

Transport::Transport(Context& context)
    : context_(context), instance_(context), table_(instance_.table<gh_mail_transport_v1>(GH_MAIL_TRANSPORT_V1)) {}

Sent Transport::send(const Mail& mail, std::chrono::nanoseconds timeout) {
  const auto given = raw(mail);
  Calling calling(context_, "mail_transport.send", {.timeout = timeout});
  const auto status = calling.done(table_.send(instance_.self(), calling.call(), &given));
  context_.expect(status == GH_OK || !calling.words().empty(),
                  "send answered " + status_name(status) + " and did not explain why");
  return {status, calling.words()};
}

void Transport::must_take(const Mail& mail, std::string_view what) {
  const auto sent = send(mail);
  context_.expect(sent.status == GH_OK,
                  "send of " + std::string(what) + " answered " + status_name(sent.status) + ": " + sent.words);
}

void Transport::must_refuse(const Mail& mail, std::string_view what) {
  const auto sent = send(mail);
  context_.expect(sent.status == GH_INVALID,
                  "send of a mail with " + std::string(what) + " answered " + status_name(sent.status) +
                      "; it is GH_INVALID, since it would end up as a header line or an address of somebody's choice");
}

Mail Transport::mail(std::string_view name) const {
  Mail mail;
  mail.message_id = context_.run_word() + "." + std::string(name) + "@check.example.com";
  return mail;
}

int Transport::files_of(const Mail& mail) const {
  const auto id = mail.message_id;
  int count = 0;
  std::error_code gone;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(context_.folder(), gone)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (content.find(id) != std::string::npos || entry.path().string().find(id) != std::string::npos) ++count;
  }
  return count;
}

}  // namespace gatehouse::check::mail
