// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gatehouse::plugins {

// Text for standard error in a signal handler: no memory, no locks, no errno left behind. What does not fit is cut.
class CrashText {
 public:
  CrashText& operator<<(std::string_view text) noexcept;
  CrashText& hex(std::uintptr_t number) noexcept;
  // Ends the line and writes all of it.
  void write() noexcept;

 private:
  std::array<char, 1024> bytes_;
  std::size_t size_ = 0;
};

// The calling thread's stack, and which mapped file each return address lies in. For a signal handler: it reads
// /proc/self/maps by plain system calls. (dl_iterate_phdr would take a lock that the crashed code may hold.)
class CrashStack {
 public:
  // `address`: also looked up, for instance where the fault was.
  explicit CrashStack(std::uintptr_t address) noexcept;

  struct Plugin {
    std::string_view file;    // "acme.so"
    std::string_view sha256;  // 64 hex digits
  };
  // The plugin whose code is nearest to the top of the stack, or that holds the address; empty when there is none.
  // Borrowed from this object.
  Plugin plugin() const noexcept;
  // One line a frame: file and offset.
  void write() const noexcept;

 private:
  static constexpr std::size_t most_frames = 48;
  static constexpr std::size_t longest_name = 256;
  struct Frame {
    std::uintptr_t at = 0;
    std::uintptr_t offset = 0;
    std::array<char, longest_name> name{};
  };

  void look_up() noexcept;
  void mapping(std::string_view line) noexcept;

  std::array<Frame, most_frames> frames_{};  // the first is the address
  std::size_t count_ = 1;
  std::array<char, longest_name> file_{};  // of the mappings that are being read
  std::uintptr_t base_ = 0;
};

// Of a name in /proc/self/maps, "/memfd:gatehouse:acme.so:<sha256> (deleted)"; empty for any other.
CrashStack::Plugin plugin_of_mapping(std::string_view name) noexcept;

}  // namespace gatehouse::plugins
