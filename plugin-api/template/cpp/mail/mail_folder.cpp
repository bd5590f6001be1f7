// SPDX-License-Identifier: Apache-2.0
#include "mail_folder.h"

#include <cerrno>
#include <cstdio>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace example_mail {
namespace {

// What is wrong and what to do about it: the sentence goes to the operator's log.
sdk::Status failed(gh_status status, const std::string& what, const std::string& path) {
  return {status, what + " " + path + ": " + std::generic_category().message(errno) +
                      "; see that the server's user may write there and that the disk is not full"};
}

bool write_all(int file, std::string_view content) {
  while (!content.empty()) {
    const auto written = ::write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

MailFolder::~MailFolder() {
  if (folder_ >= 0) ::close(folder_);
}

sdk::Status MailFolder::open() {
  if (::mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST) return failed(GH_UNAVAILABLE, "cannot make", path_);
  folder_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder_ < 0) return failed(GH_UNAVAILABLE, "cannot open", path_);
  return writable();
}

sdk::Status MailFolder::write(const std::string& name, std::string_view content, const std::string& unique) const {
  // Whoever reads the folder sees no half a mail: it is written aside and renamed when it is on the disk.
  const std::string aside = ".new-" + unique;
  const int file = ::openat(folder_, aside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return failed(GH_UNAVAILABLE, "cannot write in", path_);
  const bool written = write_all(file, content) && ::fsync(file) == 0;
  const bool closed = ::close(file) == 0;
  if (!written || !closed || ::renameat(folder_, aside.c_str(), folder_, name.c_str()) != 0) {
    const auto status = failed(GH_UNAVAILABLE, "cannot write in", path_);
    ::unlinkat(folder_, aside.c_str(), 0);
    return status;
  }
  // From here on it has happened. Whether the name survives a power cut is not known when this fails: that is in doubt,
  // and the host sends the same mail again.
  if (::fsync(folder_) != 0) return failed(GH_IN_DOUBT, "cannot flush", path_);
  return {};
}

sdk::Status MailFolder::writable() const {
  if (::faccessat(folder_, ".", W_OK | X_OK, AT_EACCESS) != 0) return failed(GH_UNAVAILABLE, "cannot write in", path_);
  return {};
}

}  // namespace example_mail
