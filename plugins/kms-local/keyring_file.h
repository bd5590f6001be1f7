// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "secret_bytes.h"

#include <gatehouse/sdk/call.hpp>
#include <gatehouse/sdk/host.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace gatehouse::kms_local {

// A file descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) noexcept : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor();

  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_;
};

// Tells one content of the file from another without reading it.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  std::int64_t modified_ns = 0;
  std::int64_t changed_ns = 0;
  bool operator==(const FileStamp&) const = default;
};

// The file a keyring lives in. Several processes may use it: readers need no lock, since a new content appears whole
// and under a new inode; whoever changes it holds the lock from reading to replacing.
// Failures are thrown as sdk::StatusError with a sentence that names the file and the fix: GH_DENIED where rights are
// wrong, GH_UNAVAILABLE and GH_TIMEOUT otherwise; the file is then what it was. Any thread.
class KeyringFile {
 public:
  explicit KeyringFile(std::string path);

  const std::string& path() const noexcept { return path_; }

  // Nothing when there is no such file or nothing can be known about it.
  std::optional<FileStamp> stamp() const noexcept;

  // Nothing when there is no such file. Refuses what is a symbolic link, not a regular file, owned by somebody else or
  // open to group or others.
  std::optional<SecretBytes> read() const;

  // Held until the result goes. Also keeps threads of one process apart. Waits no longer than the call's deadline.
  Descriptor lock(const sdk::Call& call, const sdk::Host& host) const;

  // All or nothing, also when the power fails. GH_IN_DOUBT: replaced, but whether that outlives a power failure is not
  // known.
  void replace(const SecretBytes& text) const;

 private:
  std::string path_;
  std::string folder_;
  std::string name_;
};

}  // namespace gatehouse::kms_local
