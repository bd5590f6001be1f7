// SPDX-License-Identifier: Apache-2.0
#include "frames.h"

#include <cerrno>
#include <cstdint>
#include <cstring>

#include <unistd.h>

namespace gatehouse::check {
namespace {

constexpr std::size_t longest_text = 64 * 1024;
constexpr std::size_t head = 1 + sizeof(std::uint32_t);

}  // namespace

bool send_frame(int to, char kind, std::string_view text) noexcept {
  text = text.substr(0, longest_text);
  char begin[head] = {kind};
  const auto size = static_cast<std::uint32_t>(text.size());
  std::memcpy(begin + 1, &size, sizeof(size));
  for (std::string_view left : {std::string_view(begin, head), text}) {
    while (!left.empty()) {
      const auto written = ::write(to, left.data(), left.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return false;
      left.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  return true;
}

std::vector<Frame> FrameReader::take() {
  std::vector<Frame> frames;
  std::size_t at = 0;
  while (bytes_.size() - at >= head) {
    std::uint32_t size = 0;
    std::memcpy(&size, bytes_.data() + at + 1, sizeof(size));
    if (bytes_.size() - at - head < size) break;
    frames.push_back({bytes_[at], bytes_.substr(at + head, size)});
    at += head + size;
  }
  bytes_.erase(0, at);
  return frames;
}

}  // namespace gatehouse::check
