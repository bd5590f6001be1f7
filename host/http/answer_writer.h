// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/cors.h"
#include "http/date_text.h"
#include "http/exchange.h"
#include "http/response.h"
#include "http/security_headers.h"

namespace gatehouse {
class Log;
}

namespace gatehouse::http {

// Puts an answer into bytes: status line, what every answer carries, the handler's own headers, body. A header whose
// value holds a control character is left out and reported: it would begin a header of somebody else's making.
// Thread-safe; borrows `cors`.
class AnswerWriter {
 public:
  AnswerWriter(Hsts hsts, const Cors& cors, Log& log) : security_headers_(hsts), cors_(cors), log_(log) {}

  // Appends to exchange.output; exchange.close decides what is said about the connection.
  void write(Exchange& exchange, const Response& response, DateText& date) const;

 private:
  SecurityHeaders security_headers_;
  const Cors& cors_;
  Log& log_;
};

}  // namespace gatehouse::http
