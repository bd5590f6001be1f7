// SPDX-License-Identifier: Apache-2.0
// Any bytes as a request head and what follows it: no crash, the same verdict however they arrive, and nothing gets
// through that a router, a log or a proxy could read in another way.
#include "base/encoding.h"
#include "http/chunk_decoder.h"
#include "http/head_check.h"
#include "http/head_scan.h"
#include "http/message_head.h"
#include "http/request.h"
#include "http/target.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace gatehouse;
using namespace gatehouse::http;

constexpr std::size_t body_limit = 4096;

void require(bool holds) {
  if (!holds) std::abort();
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

// The verdict on the bytes when they come `step` at a time.
HeadScan scanned(std::string_view bytes, std::size_t step, HeadScan::State& state) {
  HeadScan scan;
  state = HeadScan::State::NeedMore;
  for (std::size_t size = std::min(step, bytes.size()); state == HeadScan::State::NeedMore;) {
    state = scan.advance(bytes.substr(0, size), HeadBounds{});
    if (size == bytes.size()) break;
    size = std::min(size + step, bytes.size());
  }
  return scan;
}

void check_request(const Request& request) {
  for (const auto& [name, value] : request.headers) {
    // RFC 9110 5.5: a tab may stand inside a value, no other control character.
    auto without_tabs = value;
    std::erase(without_tabs, '\t');
    require(!name.empty() && !has_control(without_tabs));
    require(
        std::none_of(name.begin(), name.end(), [](char c) { return (c >= 'A' && c <= 'Z') || c == ':' || c == ' '; }));
  }
}

void check_path(const Request& request) {
  require(is_utf8(request.path) && !has_control(request.path));
  if (request.path == "*") return;
  require(request.path.starts_with('/'));
  require(request.path.find("/../") == std::string::npos && request.path.find("//") == std::string::npos);
  require(request.path.find('\\') == std::string::npos && !request.path.ends_with("/.."));
}

ChunkDecoder::State decoded(std::string_view bytes, std::size_t step, std::string& body) {
  ChunkDecoder decoder;
  auto state = ChunkDecoder::State::NeedMore;
  while (!bytes.empty() && state == ChunkDecoder::State::NeedMore) {
    auto part = bytes.substr(0, step);
    const auto before = part.size();
    state = decoder.advance(part, body, body_limit);
    bytes.remove_prefix(before - part.size());
    require(state != ChunkDecoder::State::NeedMore || part.empty());
  }
  require(body.size() <= body_limit);
  return state;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (bytes.empty()) return 0;
  auto state = HeadScan::State::NeedMore;
  auto piecewise = state;
  const auto scan = scanned(bytes, bytes.size(), state);
  const auto slow = scanned(bytes, 1, piecewise);
  require(state == piecewise);
  if (state != HeadScan::State::Complete) return 0;
  require(scan.begin() == slow.begin() && scan.end() == slow.end() && scan.end() <= bytes.size());

  Request request;
  const auto version = parse_head(bytes.substr(scan.begin(), scan.end() - scan.begin()), request);
  if (!version) return 0;
  check_request(request);
  const auto framing = check_head(request, *version);
  if (!framing) return 0;
  const auto hosts = std::count_if(request.headers.begin(), request.headers.end(),
                                   [](const auto& header) { return header.first == "host"; });
  require(hosts <= 1 && (*version == Version::Http10 || hosts == 1));
  require(!(framing->chunked && !request.header("content-length").empty()));
  if (!parse_target(request, HeadBounds{}.max_target_bytes)) check_path(request);

  if (framing->chunked) {
    std::string whole;
    std::string pieces;
    const auto rest = bytes.substr(scan.end());
    require(decoded(rest, rest.size() + 1, whole) == decoded(rest, 1, pieces) && whole == pieces);
  }
  return 0;
}
