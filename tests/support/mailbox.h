// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>

namespace gatehouse::test {

struct ReceivedMail {
  std::string text;   // the file
  std::string link;   // the first link of its text, or empty
  std::string token;  // behind the link's '#', or empty
};

// What the plugin mail-outbox has written. One thread.
class Mailbox {
 public:
  // `folder` exists.
  explicit Mailbox(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // The next mail to `address` that was not given yet, waiting for it; throws std::runtime_error when none comes.
  ReceivedMail next(std::string_view address, std::chrono::milliseconds patience = std::chrono::seconds(30));
  // How many mails there are now, those that were given included.
  std::size_t count() const;

 private:
  std::filesystem::path folder_;
  std::set<std::filesystem::path> given_;
};

}  // namespace gatehouse::test
