// SPDX-License-Identifier: Apache-2.0
#include "support/stream_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <utility>

namespace gatehouse::test {
namespace {

std::unique_ptr<BIO, decltype(&BIO_free)> memory_of(std::string_view pem) {
  return {BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free};
}

// OpenSSL writes without MSG_NOSIGNAL; the signal goes to the thread that wrote.
void block_broken_pipes() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace

ServerIdentity::ServerIdentity(std::string_view certificate_pem, std::string_view key_pem)
    : context_(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free) {
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(memory_of(certificate_pem).get(), nullptr, nullptr, nullptr), &X509_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(memory_of(key_pem).get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  if (SSL_CTX_use_certificate(context_.get(), certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context_.get(), key.get()) != 1) {
    throw std::runtime_error("OpenSSL refuses a certificate of the test");
  }
}

Stream::Stream(int descriptor) : descriptor_(descriptor) {
  const int on = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Stream::~Stream() {
  SSL_free(tls_);
  ::close(descriptor_);
}

bool Stream::secure(const ServerIdentity& identity) {
  tls_ = SSL_new(identity.get());
  SSL_set_fd(tls_, descriptor_);
  const bool done = SSL_accept(tls_) == 1;
  ERR_clear_error();
  return done;
}

bool Stream::receive(std::string& into) {
  char bytes[16384];
  const auto size = tls_ != nullptr ? SSL_read(tls_, bytes, sizeof bytes)
                                    : static_cast<int>(::recv(descriptor_, bytes, sizeof bytes, 0));
  ERR_clear_error();
  if (size <= 0) return false;
  into.append(bytes, static_cast<std::size_t>(size));
  return true;
}

bool Stream::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto size = tls_ != nullptr ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                                      : static_cast<int>(::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
    ERR_clear_error();
    if (size <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

void Stream::hang() {
  std::string ignored;
  while (receive(ignored)) ignored.clear();
}

void Stream::cut() { ::shutdown(descriptor_, SHUT_RDWR); }

void Stream::reset() {
  const linger none{1, 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  const int other = ::open("/dev/null", 0);
  ::dup2(other, descriptor_);
  ::close(other);
}

StreamServer::StreamServer(std::function<void(Stream&)> serve) : serve_(std::move(serve)) { start(); }

StreamServer::~StreamServer() { stop(); }

void StreamServer::start() {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(address_.port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  auto* const name = reinterpret_cast<sockaddr*>(&at);
  if (::bind(listener_, name, size) != 0 || ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, name, &size) != 0) {
    throw std::runtime_error("cannot listen on 127.0.0.1");
  }
  address_.port = ntohs(at.sin_port);
  {
    const std::lock_guard lock(mutex_);
    stopping_ = false;
  }
  acceptor_ = std::thread([this, listener = listener_] { accept_all(listener); });
}

void StreamServer::accept_all(int listener) {
  block_broken_pipes();
  while (true) {
    const int descriptor = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (descriptor < 0) return;
    auto stream = std::make_unique<Stream>(descriptor);
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    ++accepted_;
    Stream& served = *stream;
    connections_.push_back({std::move(stream), std::thread([this, &served] {
                              serve_(served);
                              served.cut();
                            })});
  }
}

void StreamServer::cut_connections() {
  const std::lock_guard lock(mutex_);
  for (auto& connection : connections_) connection.stream->cut();
}

void StreamServer::stop() {
  if (!acceptor_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  cut_connections();
  for (auto& connection : connections_) connection.thread.join();
  connections_.clear();
}

std::size_t StreamServer::accepted() const {
  const std::lock_guard lock(mutex_);
  return accepted_;
}

}  // namespace gatehouse::test
