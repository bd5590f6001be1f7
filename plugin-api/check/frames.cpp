// SPDX-License-Identifier: Apache-2.0
#include "frames.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include <sys/uio.h>
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
  // In one go: what fits into a pipe at once is not mixed with what another process of the case says.
  std::array<iovec, 2> left{iovec{begin, head}, iovec{const_cast<char*>(text.data()), text.size()}};
  while (left[0].iov_len + left[1].iov_len > 0) {
    const auto written = ::writev(to, left.data(), left.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    auto gone = static_cast<std::size_t>(written);
    for (iovec& part : left) {
      const std::size_t of_this = std::min(gone, part.iov_len);
      part = {static_cast<char*>(part.iov_base) + of_this, part.iov_len - of_this};
      gone -= of_this;
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
