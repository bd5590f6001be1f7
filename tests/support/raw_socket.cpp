// SPDX-License-Identifier: Apache-2.0
#include "support/raw_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace gatehouse::test {
namespace {

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what + ": " + std::strerror(errno)); }

sockaddr_in to_sockaddr(const std::string& host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) throw std::runtime_error("not an address: " + host);
  return address;
}

bool wait_for(int descriptor, short events, std::chrono::milliseconds patience) {
  pollfd entry{descriptor, events, 0};
  const auto until = std::chrono::steady_clock::now() + patience;
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    const int ready = ::poll(&entry, 1, left > 0 ? static_cast<int>(left) : 0);
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) fail("poll");
  }
}

}  // namespace

RawSocket::RawSocket(const Address& to, std::string_view from) {
  descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0) fail("socket");
  const int on = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (!from.empty()) {
    // The port is chosen at connect, so many connections from one address do not run out of ports.
    ::setsockopt(descriptor_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    const auto local = to_sockaddr(std::string(from), 0);
    if (::bind(descriptor_, reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) {
      ::close(descriptor_);
      fail("bind " + std::string(from));
    }
  }
  const auto remote = to_sockaddr(to.host, to.port);
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&remote), sizeof remote) != 0) {
    const int reason = errno;
    ::close(descriptor_);
    errno = reason;
    fail("connect " + to.text());
  }
}

RawSocket::~RawSocket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

RawSocket::RawSocket(RawSocket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

RawSocket& RawSocket::operator=(RawSocket&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

bool RawSocket::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawSocket::finish_sending() { ::shutdown(descriptor_, SHUT_WR); }

RawSocket::Event RawSocket::receive(std::string& into, std::chrono::milliseconds patience) {
  if (!wait_for(descriptor_, POLLIN, patience)) return Event::Silence;
  std::array<char, 16384> buffer{};
  while (true) {
    const auto got = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Event::Closed;
    into.append(buffer.data(), static_cast<std::size_t>(got));
    return Event::Data;
  }
}

bool RawSocket::stale() const {
  pollfd entry{descriptor_, POLLIN | POLLRDHUP, 0};
  return ::poll(&entry, 1, 0) != 0;
}

Conversation RawSocket::read_all(std::chrono::milliseconds patience) {
  Conversation talk;
  while (true) {
    const auto event = receive(talk.bytes, patience);
    if (event == Event::Data) continue;
    talk.closed = event == Event::Closed;
    break;
  }
  talk.rest = talk.bytes;
  while (auto answer = take_response(talk.rest)) talk.answers.push_back(*std::move(answer));
  return talk;
}

Conversation converse(const Address& to, std::string_view bytes, std::chrono::milliseconds patience) {
  RawSocket socket(to);
  if (socket.send(bytes)) socket.finish_sending();
  return socket.read_all(patience);
}

}  // namespace gatehouse::test
