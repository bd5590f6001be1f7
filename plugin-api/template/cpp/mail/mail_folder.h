// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/sdk/status.hpp>

#include <string>
#include <string_view>

namespace example_mail {

namespace sdk = gatehouse::sdk;

// A folder with one file a mail. A file is whole or not there, and on the disk when write() says so. Any thread.
class MailFolder {
 public:
  // Nothing happens before open().
  explicit MailFolder(std::string path) : path_(std::move(path)) {}
  ~MailFolder();
  MailFolder(const MailFolder&) = delete;
  MailFolder& operator=(const MailFolder&) = delete;

  // Makes the folder where it is missing; only its owner may look into it.
  sdk::Status open();

  // Puts `content` under `name`, in the place of what has that name. GH_UNAVAILABLE: nothing happened. GH_IN_DOUBT: it
  // is there, but may be gone after a power cut. `unique` is different in every call.
  sdk::Status write(const std::string& name, std::string_view content, const std::string& unique) const;

  sdk::Status writable() const;

 private:
  const std::string path_;
  int folder_ = -1;
};

}  // namespace example_mail
