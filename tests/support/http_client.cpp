// SPDX-License-Identifier: Apache-2.0
#include "support/http_client.h"

#include <stdexcept>

namespace gatehouse::test {

HttpClient::HttpClient(Address to, std::string from, std::chrono::milliseconds patience)
    : to_(std::move(to)), from_(std::move(from)), patience_(patience) {}

HttpResponse HttpClient::send(const HttpRequest& request) {
  if (!socket_ || socket_->stale()) {
    socket_.emplace(to_, from_);
    ++connections_;
  }
  // A server that refuses early may close while we still send; what it has answered is there to be read all the same.
  socket_->send(serialise(request, to_.text()));
  const auto response = receive(request.method == "HEAD");
  if (response.closes()) socket_.reset();
  return response;
}

HttpResponse HttpClient::receive(bool bodiless) {
  std::string bytes;
  while (true) {
    if (auto response = take_response(bytes, bodiless)) {
      if (response->status < 200) continue;
      if (!bytes.empty()) throw std::runtime_error("bytes after the answer: " + bytes.substr(0, 200));
      return *std::move(response);
    }
    const auto event = socket_->receive(bytes, patience_);
    if (event == RawSocket::Event::Data) continue;
    socket_.reset();
    throw std::runtime_error(event == RawSocket::Event::Closed ? "connection closed without an answer"
                                                               : "no answer in time");
  }
}

HttpResponse HttpClient::get(std::string target, Headers headers) {
  return send({"GET", std::move(target), std::move(headers), std::nullopt});
}

HttpResponse HttpClient::post(std::string target, std::string body, Headers headers) {
  headers.emplace_back("Content-Type", "application/json");
  return send({"POST", std::move(target), std::move(headers), std::move(body)});
}

HttpResponse HttpClient::del(std::string target, Headers headers) {
  return send({"DELETE", std::move(target), std::move(headers), std::nullopt});
}

}  // namespace gatehouse::test
