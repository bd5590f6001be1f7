// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <stdexcept>

namespace gatehouse::test {

// Wakes when a file appears or is finished in a folder.
class FolderWatch {
 public:
  explicit FolderWatch(const std::filesystem::path& folder) : descriptor_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
    if (descriptor_ < 0) throw std::runtime_error("inotify_init1");
    ::inotify_add_watch(descriptor_, folder.c_str(), IN_MOVED_TO | IN_CLOSE_WRITE | IN_CREATE);
  }
  ~FolderWatch() { ::close(descriptor_); }
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

  // False: `other` woke it, or the time is up.
  bool wait(int other, std::chrono::milliseconds patience) const {
    std::array<pollfd, 2> entries{pollfd{descriptor_, POLLIN, 0}, pollfd{other, POLLIN, 0}};
    if (patience.count() < 0 || ::poll(entries.data(), entries.size(), static_cast<int>(patience.count())) <= 0) {
      return false;
    }
    std::array<char, 4096> events{};
    while (::read(descriptor_, events.data(), events.size()) > 0) {
    }
    return entries[1].revents == 0;
  }

 private:
  int descriptor_;
};

}  // namespace gatehouse::test
