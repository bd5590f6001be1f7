// SPDX-License-Identifier: Apache-2.0
#include "keyring_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <gatehouse/sdk/status.hpp>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <system_error>
#include <thread>

namespace gatehouse::kms_local {
namespace {

constexpr std::int64_t max_file_bytes = 1 << 20;
constexpr mode_t owner_only = S_IRUSR | S_IWUSR;

std::string reason(int error) { return std::generic_category().message(error); }

[[noreturn]] void fail(int error, const std::string& what) {
  const bool rights = error == EACCES || error == EPERM || error == EROFS;
  throw sdk::StatusError(rights ? GH_DENIED : GH_UNAVAILABLE, what + ": " + reason(error));
}

// For a command the operator pastes into a shell.
std::string quoted(const std::string& path) {
  std::string text = "'";
  for (const char c : path) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

FileStamp stamp_of(const struct stat& status) {
  const auto ns = [](const timespec& t) { return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec; };
  return {status.st_dev, status.st_ino, status.st_size, ns(status.st_mtim), ns(status.st_ctim)};
}

void check_rights(const std::string& path, const struct stat& status) {
  if (!S_ISREG(status.st_mode)) {
    throw sdk::StatusError(GH_DENIED, path + " is not a regular file; set `keyring` to the keyring itself");
  }
  if (status.st_uid != ::geteuid()) {
    throw sdk::StatusError(GH_DENIED, path + " belongs to user " + std::to_string(status.st_uid) +
                                          " and the server runs as user " + std::to_string(::geteuid()) +
                                          "; run: chown " + std::to_string(::geteuid()) + " " + quoted(path));
  }
  const mode_t mode = status.st_mode & mode_t{07777};
  if ((mode & ~owner_only) != 0) {
    char octal[8];
    std::snprintf(octal, sizeof octal, "%04o", static_cast<unsigned>(mode));
    throw sdk::StatusError(GH_DENIED, path + " has mode " + octal +
                                          ", which lets more than its owner read and write it; run: chmod 0600 " +
                                          quoted(path));
  }
}

bool write_all(int fd, std::span<const std::uint8_t> bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

KeyringFile::KeyringFile(std::string path) : path_(std::move(path)) {
  const std::size_t slash = path_.rfind('/');
  folder_ = slash == std::string::npos ? "." : path_.substr(0, slash + 1);
  name_ = slash == std::string::npos ? path_ : path_.substr(slash + 1);
}

std::optional<FileStamp> KeyringFile::stamp() const noexcept {
  struct stat status {};
  if (::lstat(path_.c_str(), &status) != 0) return std::nullopt;
  return stamp_of(status);
}

std::optional<SecretBytes> KeyringFile::read() const {
  // Without O_NONBLOCK a FIFO in this place would hold the server for ever.
  const Descriptor fd(::open(path_.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd) {
    if (errno == ENOENT) return std::nullopt;
    if (errno == ELOOP) {
      throw sdk::StatusError(GH_DENIED, path_ + " is a symbolic link; set `keyring` to the file it points at");
    }
    fail(errno, "cannot open " + path_);
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) fail(errno, "cannot look at " + path_);
  check_rights(path_, status);
  if (status.st_size > max_file_bytes) {
    throw sdk::StatusError(GH_UNAVAILABLE, path_ + " is larger than a keyring can be (1 MiB)");
  }

  SecretBytes text(static_cast<std::size_t>(status.st_size));
  std::size_t have = 0;
  while (have < text.size()) {
    const ssize_t got = ::read(fd.get(), text.data() + have, text.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(errno, "cannot read " + path_);
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  text.shrink(have);
  return text;
}

Descriptor KeyringFile::lock(const sdk::Call& call, const sdk::Host& host) const {
  // A file of its own: the keyring's inode changes with every replacement, and a lock belongs to the inode.
  const std::string lock_path = path_ + ".lock";
  Descriptor fd(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, owner_only));
  if (!fd) fail(errno, "cannot open " + lock_path);
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) fail(errno, "cannot lock " + lock_path);
    if (host.monotonic_ns() >= call.deadline_ns()) {
      throw sdk::StatusError(GH_TIMEOUT, "another process holds " + lock_path);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return fd;
}

void KeyringFile::replace(const SecretBytes& text) const {
  const Descriptor folder(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) fail(errno, "cannot open the folder " + folder_);
  // One name for all writers, who hold the lock: what a killed one left behind goes with the next write.
  const std::string draft = name_ + ".new";
  ::unlinkat(folder.get(), draft.c_str(), 0);
  const Descriptor fd(
      ::openat(folder.get(), draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, owner_only));
  if (!fd) fail(errno, "cannot create " + folder_ + draft);
  if (::fchmod(fd.get(), owner_only) != 0 || !write_all(fd.get(), text.span()) || ::fsync(fd.get()) != 0 ||
      ::renameat(folder.get(), draft.c_str(), folder.get(), name_.c_str()) != 0) {
    const int error = errno;
    ::unlinkat(folder.get(), draft.c_str(), 0);
    fail(error, "cannot write " + path_);
  }
  if (::fsync(folder.get()) != 0) {
    throw sdk::StatusError(GH_IN_DOUBT,
                           path_ + " was replaced, but may be the former one after a power failure: " + reason(errno));
  }
}

}  // namespace gatehouse::kms_local
