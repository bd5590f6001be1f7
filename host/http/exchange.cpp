// SPDX-License-Identifier: Apache-2.0
#include "http/exchange.h"

#include "base/secret.h"

namespace gatehouse::http {
namespace {

// More than this is not kept for the next request.
constexpr std::size_t kept_capacity = 64 * 1024;

void wipe_text(std::string& text) noexcept {
  wipe(text.data(), text.size());
  text.clear();
  if (text.capacity() > kept_capacity) std::string().swap(text);
}

}  // namespace

Exchange::~Exchange() {
  wipe_request();
  wipe_output();
  wipe_text(input);
}

void Exchange::wipe_request() noexcept {
  wipe_text(request.body);
  for (auto& [name, value] : request.headers) {
    if (name == "authorization") wipe_text(value);
  }
}

void Exchange::wipe_output() noexcept {
  wipe_text(output);
  written = 0;
}

void Exchange::reset() {
  wipe_request();
  wipe_output();
  reading = Reading::Head;
  scan = HeadScan();
  version = Version::Http11;
  framing = Framing();
  chunks = ChunkDecoder();
  request.target.clear();
  request.path.clear();
  request.query.clear();
  request.headers.clear();
  request.client_address.clear();
  request.request_id.clear();
  request.traceparent.clear();
  request.base_path.clear();
  request.parameters.clear();
  request.principal.reset();
  request.hash_arena = nullptr;
  request.waits = nullptr;
  match = Match();
  in_flight = false;
  deadline = Steady();
  held.reset();
  writing = false;
  close = false;
  linger = false;
}

}  // namespace gatehouse::http
