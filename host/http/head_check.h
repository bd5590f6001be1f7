// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "http/message_head.h"
#include "http/request.h"

#include <cstdint>

namespace gatehouse::http {

// How the body of a message is delimited and what its head asks of the connection.
struct Framing {
  std::uint64_t content_length = 0;
  bool chunked = false;
  bool expects_continue = false;
  bool keep_alive = true;

  bool has_body() const noexcept { return chunked || content_length > 0; }
};

// Refuses what the parser lets through and two HTTP implementations could read differently: not exactly one Host, a
// Transfer-Encoding other than exactly "chunked" or on HTTP/1.0, Content-Length beside it or twice even if equal, the
// repeat of any header of which there can only be one, expectations other than 100-continue. An Upgrade is declined by
// answering in HTTP/1.1 (RFC 9110 7.8; docs/adr/0006).
// Errors: BadRequest, ExpectationFailed.
Result<Framing> check_head(const Request& request, Version version);

}  // namespace gatehouse::http
