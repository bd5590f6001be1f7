// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/address.h"

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

struct ssl_st;
struct ssl_ctx_st;

namespace gatehouse::test {

// A certificate with its key as a server shows it. Any thread.
class ServerIdentity {
 public:
  ServerIdentity(std::string_view certificate_pem, std::string_view key_pem);
  ssl_ctx_st* get() const { return context_.get(); }

 private:
  std::shared_ptr<ssl_ctx_st> context_;
};

// The server's end of a connection. One thread, but for cut().
class Stream {
 public:
  explicit Stream(int descriptor);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  bool secure(const ServerIdentity& identity);  // TLS from here on; false: the handshake failed
  bool is_secure() const { return tls_ != nullptr; }
  bool receive(std::string& into);  // appends what has come; false: the peer is gone
  bool send(std::string_view bytes);
  void hang();   // says nothing until the peer is gone or the server stops
  void cut();    // ends the connection, without a word of TLS
  void reset();  // ends it with RST

 private:
  int descriptor_;
  ssl_st* tls_ = nullptr;
};

// A TCP server on a port of 127.0.0.1 that the system chose, with a thread for each connection.
class StreamServer {
 public:
  explicit StreamServer(std::function<void(Stream&)> serve);
  ~StreamServer();
  StreamServer(const StreamServer&) = delete;
  StreamServer& operator=(const StreamServer&) = delete;

  const Address& address() const { return address_; }
  // Cuts every connection and refuses new ones.
  void stop();
  // On the same port as before.
  void start();
  void cut_connections();
  std::size_t accepted() const;

 private:
  struct Connection {
    std::unique_ptr<Stream> stream;
    std::thread thread;
  };
  void accept_all(int listener);

  const std::function<void(Stream&)> serve_;
  Address address_;
  int listener_ = -1;
  std::thread acceptor_;
  mutable std::mutex mutex_;
  std::list<Connection> connections_;  // guarded by mutex_, as the rest
  std::size_t accepted_ = 0;
  bool stopping_ = false;
};

}  // namespace gatehouse::test
