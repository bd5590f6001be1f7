// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

// What the process of a case says to the runner, over a pipe: frames of a kind, a size and a text.
namespace gatehouse::check {

namespace frame {
constexpr char passed = 'P';
constexpr char failed = 'F';
constexpr char skipped = 'S';
constexpr char warned = 'W';
constexpr char detail = 'D';
constexpr char fact = 'I';  // "name=value", about the plugin
}  // namespace frame

struct Frame {
  char kind = 0;
  std::string text;
};

// One frame after another, whole; for the side that writes. False: the other side is gone.
bool send_frame(int to, char kind, std::string_view text) noexcept;

// Bytes as they arrive become frames, for the side that reads.
class FrameReader {
 public:
  void feed(std::string_view bytes) { bytes_.append(bytes); }
  // The frames that are complete, in order; each is given once.
  std::vector<Frame> take();

 private:
  std::string bytes_;
};

}  // namespace gatehouse::check
