// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/response.h"

#include <string>
#include <string_view>

namespace gatehouse::http {

enum class Hsts : bool { Off, On };

// The headers that every answer carries, whatever its status, so that no answer of an API can be made to run, be framed
// or be read by another origin's page. A page of our own that needs more sets the header itself, which replaces the
// default. Immutable, thread-safe.
class SecurityHeaders {
 public:
  explicit SecurityHeaders(Hsts hsts);
  void append(std::string& head, const Response& response) const;

 private:
  Hsts hsts_;
  std::string usual_;
};

}  // namespace gatehouse::http
