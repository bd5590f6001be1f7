// SPDX-License-Identifier: Apache-2.0
#include "outbox_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <gatehouse/sdk/status.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <thread>

namespace gatehouse::mail_outbox {
namespace {

constexpr mode_t file_mode = S_IRUSR | S_IWUSR;
constexpr mode_t folder_mode = S_IRWXU;
constexpr const char* draft = ".draft";
constexpr std::string_view suffix = ".eml";

class Descriptor {
 public:
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_;
};

[[noreturn]] void fail(int error, const std::string& what) {
  const bool rights = error == EACCES || error == EPERM || error == EROFS;
  throw sdk::StatusError(rights ? GH_DENIED : GH_UNAVAILABLE, what + ": " + std::generic_category().message(error));
}

bool write_all(int fd, std::string_view bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::string time_text(std::int64_t us) {
  const std::chrono::sys_time<std::chrono::microseconds> time{std::chrono::microseconds{us}};
  const auto midnight = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{midnight};
  const std::chrono::hh_mm_ss clock{time - midnight};
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d%02u%02uT%02d%02d%02d.%06dZ-", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text.data();
}

std::string escaped(std::string_view id) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  static constexpr std::string_view others = "._@-";
  std::string text;
  for (const char c : id) {
    const bool safe = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      others.find(c) != std::string_view::npos;
    const auto byte = static_cast<unsigned char>(c);
    text += safe ? std::string(1, c) : std::string{'%', digits[byte >> 4], digits[byte & 15]};
  }
  return text;
}

// The name this message id has in the folder, or empty. The time is the only part with a "Z-" at its end, and an id may
// hold one too, so the first one counts.
std::string known_name(const std::string& folder, const std::string& id) {
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename();
    const std::size_t time_end = name.find("Z-");
    if (time_end != std::string::npos && name.substr(time_end + 2) == id + std::string(suffix)) return name;
  }
  if (error) fail(error.value(), "cannot list " + folder);
  return {};
}

void lock(int folder, const std::string& path, const sdk::Call& call, const sdk::Host& host) {
  while (::flock(folder, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) fail(errno, "cannot lock " + path);
    if (host.monotonic_ns() >= call.deadline_ns()) {
      throw sdk::StatusError(GH_TIMEOUT, "others were writing to " + path + " until the deadline");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace

std::string file_name(std::int64_t time_us, std::string_view message_id) {
  return time_text(time_us) + escaped(message_id) + std::string(suffix);
}

void OutboxFolder::make() const {
  std::error_code error;
  const std::filesystem::path parent = std::filesystem::path(path_).parent_path();
  std::filesystem::create_directories(parent, error);
  if (error) fail(error.value(), "cannot make " + parent.string());
  if (::mkdir(path_.c_str(), folder_mode) != 0 && errno != EEXIST) fail(errno, "cannot make " + path_);
  check();
}

void OutboxFolder::check() const {
  struct stat status {};
  if (::stat(path_.c_str(), &status) != 0) fail(errno, "cannot look at " + path_);
  if (!S_ISDIR(status.st_mode)) throw sdk::StatusError(GH_UNAVAILABLE, path_ + " is not a folder");
  if (::access(path_.c_str(), W_OK | X_OK) != 0) fail(errno, "cannot write to " + path_);
}

void OutboxFolder::put(const sdk::Call& call, const sdk::Host& host, std::string_view message_id,
                       std::string_view message) const {
  const Descriptor folder(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) fail(errno, "cannot open " + path_);
  // From looking for the id to the rename: else two sends of one mail would make two files.
  lock(folder.get(), path_, call, host);
  std::string name = known_name(path_, escaped(message_id));
  if (name.empty()) name = file_name(call.now_us(), message_id);
  if (name.size() > NAME_MAX) throw sdk::StatusError(GH_INVALID, "message_id is too long for the name of a file");

  ::unlinkat(folder.get(), draft, 0);
  const Descriptor fd(::openat(folder.get(), draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, file_mode));
  if (!fd) fail(errno, "cannot write to " + path_);
  if (::fchmod(fd.get(), file_mode) != 0 || !write_all(fd.get(), message) || ::fsync(fd.get()) != 0 ||
      ::renameat(folder.get(), draft, folder.get(), name.c_str()) != 0) {
    const int error = errno;
    ::unlinkat(folder.get(), draft, 0);
    fail(error, "cannot write to " + path_);
  }
  if (::fsync(folder.get()) != 0) {
    throw sdk::StatusError(GH_IN_DOUBT, "cannot sync " + path_ + ": " + std::generic_category().message(errno));
  }
}

}  // namespace gatehouse::mail_outbox
