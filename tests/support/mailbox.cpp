// SPDX-License-Identifier: Apache-2.0
#include "support/mailbox.h"

#include "support/folder_watch.h"
#include "support/temp_folder.h"

#include <stdexcept>

namespace gatehouse::test {
namespace {

using std::chrono::steady_clock;

ReceivedMail parse(std::string text) {
  ReceivedMail mail;
  const auto begin = text.find("    http");
  if (begin != std::string::npos) {
    mail.link = text.substr(begin + 4, text.find_first_of("\r\n", begin) - begin - 4);
    if (const auto hash = mail.link.find('#'); hash != std::string::npos) mail.token = mail.link.substr(hash + 1);
  }
  mail.text = std::move(text);
  return mail;
}

bool is_mail(const std::filesystem::path& path) { return path.extension() == ".eml"; }

}  // namespace

ReceivedMail Mailbox::next(std::string_view address, std::chrono::milliseconds patience) {
  const FolderWatch watch(folder_);
  const auto until = steady_clock::now() + patience;
  const auto header = "\nTo: <" + std::string(address) + ">";
  while (true) {
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      if (!is_mail(entry.path()) || given_.count(entry.path()) != 0) continue;
      auto text = read_file(entry.path());
      if (text.find(header) == std::string::npos) continue;
      given_.insert(entry.path());
      return parse(std::move(text));
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - steady_clock::now());
    if (!watch.wait(-1, left)) throw std::runtime_error("no mail to " + std::string(address));
  }
}

std::size_t Mailbox::count() const {
  std::size_t mails = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) mails += is_mail(entry.path()) ? 1U : 0U;
  return mails;
}

}  // namespace gatehouse::test
