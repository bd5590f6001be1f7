// SPDX-License-Identifier: Apache-2.0
#include "plugins/crash_report.h"

#include <algorithm>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>
#include <unwind.h>

namespace gatehouse::plugins {
namespace {

constexpr std::size_t hash_size = 64;
constexpr std::string_view memory_mark = "/memfd:gatehouse:";

struct Walk {
  std::uintptr_t* next;
  std::uintptr_t* end;
};

_Unwind_Reason_Code step(_Unwind_Context* context, void* argument) {
  auto& walk = *static_cast<Walk*>(argument);
  if (walk.next == walk.end) return _URC_END_OF_STACK;
  *walk.next++ = _Unwind_GetIP(context);
  return _URC_NO_REASON;
}

std::uintptr_t take_hex(std::string_view& text) noexcept {
  std::uintptr_t number = 0;
  while (!text.empty()) {
    const char c = text.front();
    const bool digit = c >= '0' && c <= '9';
    if (!digit && (c < 'a' || c > 'f')) break;
    number = number * 16 + static_cast<std::uintptr_t>(digit ? c - '0' : c - 'a' + 10);
    text.remove_prefix(1);
  }
  return number;
}

void skip_word(std::string_view& text) noexcept {
  text.remove_prefix(std::min(text.find(' '), text.size()));
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
}

template <std::size_t Size>
void copy(std::array<char, Size>& to, std::string_view from) noexcept {
  const auto size = std::min(from.size(), Size - 1);
  std::memcpy(to.data(), from.data(), size);
  to[size] = '\0';
}

}  // namespace

CrashText& CrashText::operator<<(std::string_view text) noexcept {
  const auto size = std::min(text.size(), bytes_.size() - 1 - size_);
  std::memcpy(bytes_.data() + size_, text.data(), size);
  size_ += size;
  return *this;
}

CrashText& CrashText::hex(std::uintptr_t number) noexcept {
  std::array<char, 2 + 2 * sizeof number> digits;
  auto at = digits.size();
  do {
    digits[--at] = "0123456789abcdef"[number % 16];
    number /= 16;
  } while (number != 0);
  digits[--at] = 'x';
  digits[--at] = '0';
  return *this << std::string_view(digits.data() + at, digits.size() - at);
}

void CrashText::write() noexcept {
  bytes_[size_++] = '\n';
  for (std::size_t written = 0; written < size_;) {
    const auto count = ::write(STDERR_FILENO, bytes_.data() + written, size_ - written);
    if (count <= 0) break;
    written += static_cast<std::size_t>(count);
  }
  size_ = 0;
}

CrashStack::CrashStack(std::uintptr_t address) noexcept {
  std::array<std::uintptr_t, most_frames> addresses{};
  Walk walk{addresses.data() + 1, addresses.data() + addresses.size()};
  addresses[0] = address;
  _Unwind_Backtrace(step, &walk);
  count_ = static_cast<std::size_t>(walk.next - addresses.data());
  for (std::size_t i = 0; i < count_; ++i) frames_[i].at = addresses[i];
  look_up();
}

void CrashStack::look_up() noexcept {
  const int maps = ::open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  if (maps < 0) return;
  std::array<char, 4096> buffer;
  std::size_t held = 0;
  for (;;) {
    const auto got = ::read(maps, buffer.data() + held, buffer.size() - held);
    if (got <= 0) break;
    held += static_cast<std::size_t>(got);
    std::string_view text(buffer.data(), held);
    for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
      mapping(text.substr(0, end));
      text.remove_prefix(end + 1);
    }
    if (text.size() == buffer.size()) break;  // no line is that long
    held = text.size();
    std::memmove(buffer.data(), text.data(), held);
  }
  ::close(maps);
}

// "7f0c-7f0d r-xp 00001000 00:01 1026 /memfd:gatehouse:acme.so:<sha256> (deleted)"
void CrashStack::mapping(std::string_view line) noexcept {
  const auto begin = take_hex(line);
  if (!line.empty()) line.remove_prefix(1);
  const auto end = take_hex(line);
  for (int word = 0; word < 5; ++word) skip_word(line);
  if (line != std::string_view(file_.data())) {
    copy(file_, line);
    base_ = begin;
  }
  for (std::size_t i = 0; i < count_; ++i) {
    auto& frame = frames_[i];
    if (frame.at < begin || frame.at >= end) continue;
    frame.offset = frame.at - base_;
    frame.name = file_;
  }
}

CrashStack::Plugin CrashStack::plugin() const noexcept {
  // The address last: data of a plugin may be what host code stumbles over.
  for (std::size_t i = 1; i <= count_; ++i) {
    const auto found = plugin_of_mapping(frames_[i % count_].name.data());
    if (!found.file.empty()) return found;
  }
  return {};
}

void CrashStack::write() const noexcept {
  for (std::size_t i = 1; i < count_; ++i) {
    const auto& frame = frames_[i];
    const std::string_view name(frame.name.data());
    const auto file = plugin_of_mapping(name).file;
    CrashText text;
    text << "  " << (file.empty() ? name.substr(name.rfind('/') + 1) : file) << "+";
    text.hex(frame.offset).write();
  }
}

CrashStack::Plugin plugin_of_mapping(std::string_view name) noexcept {
  if (name.substr(0, memory_mark.size()) != memory_mark) return {};
  name.remove_prefix(memory_mark.size());
  const auto colon = name.rfind(':');
  if (colon == std::string_view::npos) return {};
  return {name.substr(0, colon), name.substr(colon + 1, hash_size)};
}

}  // namespace gatehouse::plugins
