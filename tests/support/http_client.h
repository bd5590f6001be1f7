// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/address.h"
#include "support/http_message.h"
#include "support/raw_socket.h"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::test {

using Headers = std::vector<std::pair<std::string, std::string>>;

// A blocking HTTP/1.1 client on one keep-alive connection, opened again when the server has closed it. A request is
// never sent twice. One thread. Throws std::runtime_error when no whole answer comes within the patience.
class HttpClient {
 public:
  // `from`: the local address to connect from; empty: the system's choice.
  explicit HttpClient(Address to, std::string from = {}, std::chrono::milliseconds patience = std::chrono::seconds(30));

  HttpResponse send(const HttpRequest& request);
  HttpResponse get(std::string target, Headers headers = {});
  // With Content-Type: application/json.
  HttpResponse post(std::string target, std::string body, Headers headers = {});
  HttpResponse del(std::string target, Headers headers = {});

  const Address& address() const { return to_; }
  // How often a connection was opened.
  int connections() const { return connections_; }

 private:
  HttpResponse receive(bool bodiless);

  Address to_;
  std::string from_;
  std::chrono::milliseconds patience_;
  std::optional<RawSocket> socket_;
  int connections_ = 0;
};

}  // namespace gatehouse::test
