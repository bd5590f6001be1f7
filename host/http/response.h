// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/error.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::http {

// An answer before the pipeline adds what every answer carries (request id, security headers, CORS, length, date).
struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;  // wiped after it was written when `sensitive`
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<Error> error;        // set: the pipeline renders it as RFC 9457 and ignores status, type and body
  std::optional<Steady> not_before;  // the answer waits in the timer, holding no thread, until then
  bool sensitive = true;             // Cache-Control: no-store
  bool close = false;

  static Response json(int status, std::string body);
  static Response failure(Error error);
  static Response empty(int status = 204);
};

}  // namespace gatehouse::http
