// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/address.h"
#include "support/http_message.h"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::test {

// What came back on a connection until it ended or the patience did.
struct Conversation {
  std::string bytes;
  bool closed = false;  // by the peer, by FIN or by RST
  std::vector<HttpResponse> answers;
  std::string rest;  // bytes after the last whole answer
};

// A TCP connection that sends exactly the bytes it is given, however wrong. One thread. Errors that are not the peer's
// doing (no socket left, connection refused) throw std::runtime_error.
class RawSocket {
 public:
  // `from`: the local address to connect from, in numbers ("127.0.0.7"); empty: the system's choice.
  explicit RawSocket(const Address& to, std::string_view from = {});
  ~RawSocket();
  RawSocket(RawSocket&& other) noexcept;
  RawSocket& operator=(RawSocket&& other) noexcept;

  // False: the peer has closed or reset the connection before everything was taken.
  bool send(std::string_view bytes);
  // Tells the peer that nothing more will come; answers can still be read.
  void finish_sending();

  enum class Event { Data, Closed, Silence };
  // Appends what has come to `into`; waits at most `patience` for the first byte.
  Event receive(std::string& into, std::chrono::milliseconds patience);
  // True when the peer has closed or unread bytes wait: the connection is not fit for a next request.
  bool stale() const;

  // Reads until the peer closes, or until nothing has come for `patience`.
  Conversation read_all(std::chrono::milliseconds patience);

  int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

// One connection: sends `bytes`, half-closes, reads everything.
Conversation converse(const Address& to, std::string_view bytes,
                      std::chrono::milliseconds patience = std::chrono::seconds(3));

}  // namespace gatehouse::test
