// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::test {

// One whole answer. Header names are kept as sent and compared without regard to case.
struct HttpResponse {
  int status = 0;
  std::string reason;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  // The first value, or nothing.
  std::optional<std::string> header(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  // Whether the server said that it ends the connection after this answer.
  bool closes() const;
};

// Takes one whole answer off the front of `bytes`; nothing while it is incomplete. `bodiless`: the answer to HEAD.
// Throws std::runtime_error when the bytes are no well-formed HTTP/1.1 answer: the server's own framing is under test.
std::optional<HttpResponse> take_response(std::string& bytes, bool bodiless = false);

struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";
  std::vector<std::pair<std::string, std::string>> headers{};
  std::optional<std::string> body{};  // sent with Content-Length
};

// The request as bytes; Host and Content-Length are added.
std::string serialise(const HttpRequest& request, std::string_view host);

bool same_name(std::string_view left, std::string_view right);

}  // namespace gatehouse::test
