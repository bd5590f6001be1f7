// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/error.h"
#include "http/response.h"

#include <string_view>

namespace gatehouse::http {

// How one error code looks to a client. `detail` is the same for every occurrence: what tells two occurrences apart is
// either in `errors[]` or not the client's business.
struct ProblemKind {
  int status;
  std::string_view title;
  std::string_view detail;
  std::string_view legacy;  // the code of earlier systems, "AUTH_004"; empty: there is none
};

const ProblemKind& problem_kind(Code code) noexcept;

// The error as application/problem+json (RFC 9457). `type` is <public_url>/errors/<code>. 401 carries WWW-Authenticate,
// 429 and 503 carry Retry-After in whole seconds, rounded up. `error.detail` is not shown.
Response render_problem(const Error& error, std::string_view public_url, std::string_view trace_id);

}  // namespace gatehouse::http
