// SPDX-License-Identifier: Apache-2.0
#include "plugins/trusted_file.h"

#include "base/encoding.h"
#include "plugins/load_error.h"

#include <openssl/evp.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

namespace gatehouse::plugins {
namespace {

constexpr std::size_t largest_file = 64u << 20;

class Descriptor {
 public:
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  int get() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

[[noreturn]] void too_large(const std::string& name) {
  throw LoadError(name + ": is larger than 64 MiB, which no plugin is");
}

std::string words(int error) { return std::error_code(error, std::generic_category()).message(); }

struct stat status_of(const Descriptor& fd, const std::string& name) {
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) throw LoadError(name + ": cannot be examined: " + words(errno));
  return info;
}

void check_owner(const struct stat& info, const std::string& name) {
  if (info.st_uid == 0 || info.st_uid == ::geteuid()) return;
  throw LoadError(name + ": belongs to user id " + std::to_string(info.st_uid) +
                  ", who could change what this server runs; make root or the server's user its owner (chown root)");
}

void check_only_owner_writes(const struct stat& info, const std::string& name) {
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) == 0) return;
  throw LoadError(
      name + ": may be written by others than its owner, who could change what this server runs; chmod go-w " + name);
}

// A folder above the plugin folder: what anybody may write, anybody can put another plugin folder into. The sticky bit
// (as on /tmp) prevents that. Who owns it is the operator's affair.
void check_ancestor(const struct stat& info, const std::string& name) {
  if ((info.st_mode & S_IWOTH) == 0 || (info.st_mode & S_ISVTX) != 0) return;
  throw LoadError(name + ": may be written by everybody, who could replace the plugin folder below it; chmod o-w " +
                  name);
}

// One component at a time, so that every folder on the way is checked as the one that was walked through.
Descriptor open_folder(const std::filesystem::path& folder) {
  Descriptor at(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  std::filesystem::path walked = "/";
  for (const auto& component : folder.relative_path()) {
    check_ancestor(status_of(at, walked), walked);
    walked /= component;
    Descriptor next(::openat(at.get(), component.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (next.get() < 0) {
      const int error = errno;
      std::error_code ignored;
      if (std::filesystem::is_symlink(walked, ignored)) {
        throw LoadError(walked.string() + ": is a symbolic link; name the real folder, " +
                        std::filesystem::weakly_canonical(folder, ignored).string());
      }
      throw LoadError(walked.string() + ": cannot be opened: " + words(error));
    }
    at = std::move(next);
  }
  const auto info = status_of(at, walked);
  check_owner(info, walked);
  check_only_owner_writes(info, walked);
  return at;
}

Descriptor open_file(const Descriptor& folder, const std::filesystem::path& path) {
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  Descriptor file(
      ::openat(folder.get(), path.filename().c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.get() < 0) {
    const int error = errno;
    if (error == ELOOP) throw LoadError(path.string() + ": is a symbolic link; name the file itself");
    throw LoadError(path.string() + ": cannot be opened: " + words(error));
  }
  const auto info = status_of(file, path);
  if (!S_ISREG(info.st_mode)) throw LoadError(path.string() + ": is not a regular file");
  check_owner(info, path);
  check_only_owner_writes(info, path);
  if (static_cast<std::uint64_t>(info.st_size) > largest_file) too_large(path);
  return file;
}

Descriptor new_memory(const std::string& name) {
  // NOEXEC_SEAL forbids execve, not mapping; kernels before 6.3 do not know it, and later ones can demand it.
  for (const unsigned extra : {MFD_NOEXEC_SEAL, 0u}) {
    Descriptor memory(::memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING | extra));
    if (memory.get() >= 0) return memory;
    if (errno != EINVAL) break;
  }
  throw LoadError(name + ": no memory to load it into: " + words(errno));
}

std::string read_all(const Descriptor& from, const std::string& name) {
  std::string bytes;
  std::array<char, 65536> buffer;
  for (;;) {
    const auto got = ::read(from.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw LoadError(name + ": cannot be read: " + words(errno));
    if (got == 0) return bytes;
    bytes.append(buffer.data(), static_cast<std::size_t>(got));
    if (bytes.size() > largest_file) too_large(name);
  }
}

void write_all(const Descriptor& to, std::string_view bytes, const std::string& name) {
  while (!bytes.empty()) {
    const auto written = ::write(to.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) throw LoadError(name + ": cannot be copied to memory: " + words(errno));
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string sha256_hex(std::string_view bytes, const std::string& name) {
  std::array<unsigned char, 32> digest{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1 ||
      size != digest.size()) {
    throw LoadError(name + ": its SHA-256 could not be computed");
  }
  return hex_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace

TrustedFile TrustedFile::open(const std::filesystem::path& path) {
  const auto name = path.string();
  const auto folder = open_folder(path.parent_path());
  const auto file = open_file(folder, path);

  TrustedFile trusted;
  trusted.bytes_ = read_all(file, name);
  if (trusted.bytes_.empty()) throw LoadError(name + ": is empty");
  trusted.sha256_ = sha256_hex(trusted.bytes_, name);
  trusted.memory_name_ = "gatehouse:" + path.filename().string().substr(0, 150) + ":" + trusted.sha256_;

  auto memory = new_memory(trusted.memory_name_);
  write_all(memory, trusted.bytes_, name);
  if (::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) != 0) {
    throw LoadError(name + ": its copy in memory could not be sealed: " + words(errno));
  }
  trusted.memory_ = memory.release();
  return trusted;
}

TrustedFile::TrustedFile(TrustedFile&& other) noexcept
    : memory_(std::exchange(other.memory_, -1)),
      bytes_(std::move(other.bytes_)),
      sha256_(std::move(other.sha256_)),
      memory_name_(std::move(other.memory_name_)) {}

TrustedFile::~TrustedFile() {
  if (memory_ >= 0) ::close(memory_);
}

std::string TrustedFile::keep_open() {
  return "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(std::exchange(memory_, -1));
}

}  // namespace gatehouse::plugins
