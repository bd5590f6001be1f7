// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/chunk_decoder.h"
#include "http/head_check.h"
#include "http/head_scan.h"
#include "http/message_head.h"
#include "http/request.h"
#include "http/response.h"
#include "http/router.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace gatehouse::http {

// One request in progress and its answer. A connection has one only between the first byte of a request and the last
// of its answer: an idle connection costs a socket and a table row. Owned by whoever owns the connection at the moment.
struct Exchange {
  enum class Reading : std::uint8_t { Head, Body };

  Exchange() = default;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange();

  // Received and not yet taken apart: the beginning of a head, or requests sent ahead.
  std::string input;
  bool sent_ahead = false;  // `input` has not been looked at since the last answer

  Reading reading = Reading::Head;
  HeadScan scan;
  Version version = Version::Http11;
  Framing framing;
  ChunkDecoder chunks;
  Request request;
  Match match;
  bool in_flight = false;
  Steady deadline{};  // for the head, then for the body

  std::optional<Response> held;  // decided before the handler, or waiting for its not_before
  std::string output;            // the answer as bytes
  std::size_t written = 0;
  bool writing = false;  // the deadline is that of the answer
  bool close = false;    // after the answer
  bool linger = false;   // before the close: bytes may be on their way that nobody will read

  // Wipes what may be secret in the request; the handler has run.
  void wipe_request() noexcept;
  // Wipes the answer's bytes.
  void wipe_output() noexcept;
  // Ready for the connection's next request; `input` stays.
  void reset();
};

}  // namespace gatehouse::http
