// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/api_client.h"
#include "support/server_process.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

namespace gatehouse::test {

// Whether the server's memory says something about it: a sanitizer holds back what was freed.
#ifdef GATEHOUSE_SANITIZED
inline constexpr bool memory_is_telling = false;
#else
inline constexpr bool memory_is_telling = true;
#endif

// A test with a server of its own. At the end the server must stop by SIGTERM with exit code 0 (under a sanitizer: with
// nothing reported); when something failed, the end of what it printed is shown.
class ApiTest : public ::testing::Test {
 protected:
  void start(ServerOptions options = {});
  void TearDown() override;

  ServerProcess& server() { return *server_; }
  Api& api() { return *api_; }
  // /metrics as it is now.
  std::string metrics();

 private:
  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<Api> api_;
};

// An RFC 9457 answer in every respect the specification names: media type, members, legacy code, trace id equal to
// X-Request-Id, WWW-Authenticate with 401, Retry-After with 429 and 503, Allow with 405.
::testing::AssertionResult is_problem(const HttpResponse& response, int status, std::string_view code);

// Whether `errors[]` has an entry for the pointer with the code (empty: any code).
::testing::AssertionResult names_field(const HttpResponse& response, std::string_view pointer,
                                       std::string_view code = {});

// The headers every answer carries, whatever it says.
::testing::AssertionResult has_security_headers(const HttpResponse& response);

// The body without the members that differ from answer to answer (traceId).
std::string comparable(const HttpResponse& response);

}  // namespace gatehouse::test
