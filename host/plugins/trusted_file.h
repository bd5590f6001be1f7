// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace gatehouse::plugins {

// The bytes of a plugin file that only its owner could have written, in memory of ours that nobody can change any more
// (a sealed memfd). What is hashed, checked and loaded are these bytes: swapping, overwriting or truncating the file
// afterwards changes nothing. (A library mapped from the file itself kills the process when the file is truncated.)
class TrustedFile {
 public:
  // `path` is absolute. Refuses with LoadError: a path through symbolic links; a file or folder that belongs to neither
  // root nor this process's user; a file, or its folder, that group or others may write; a folder further up that
  // everybody may write; anything but a regular file; an empty one or one above 64 MiB.
  static TrustedFile open(const std::filesystem::path& path);

  TrustedFile(TrustedFile&& other) noexcept;
  TrustedFile(const TrustedFile&) = delete;
  TrustedFile& operator=(const TrustedFile&) = delete;
  ~TrustedFile();

  // Borrowed from this object.
  std::string_view bytes() const noexcept { return bytes_; }
  const std::string& sha256() const noexcept { return sha256_; }  // 64 lower-case hex digits

  // "gatehouse:<file name>:<sha256>": what /proc calls these bytes, so that maps, debuggers and we ourselves can tell
  // which file they came from.
  const std::string& memory_name() const noexcept { return memory_name_; }

  // A name under which this process, a debugger or a symboliser can open the bytes as long as the process lives: the
  // file descriptor behind it is never closed.
  std::string keep_open();

 private:
  TrustedFile() = default;
  int memory_ = -1;
  std::string bytes_;
  std::string sha256_;
  std::string memory_name_;
};

}  // namespace gatehouse::plugins
