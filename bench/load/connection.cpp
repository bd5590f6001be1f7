// SPDX-License-Identifier: Apache-2.0
#include "load/connection.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace gatehouse::load {
namespace {

int connect_to(const test::Address& target) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) throw std::runtime_error(std::string("socket: ") + std::strerror(errno));
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(target.port);
  ::inet_pton(AF_INET, target.host.c_str(), &address.sin_addr);
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const std::string reason = std::strerror(errno);
    ::close(descriptor);
    throw std::runtime_error("connect " + target.text() + ": " + reason);
  }
  ::fcntl(descriptor, F_SETFL, O_NONBLOCK);
  return descriptor;
}

// The value of Content-Length in a head; the servers measured write it in one of two ways.
std::size_t content_length(std::string_view head) {
  for (const std::string_view name : {"\r\nContent-Length: ", "\r\ncontent-length: "}) {
    const auto at = head.find(name);
    if (at == std::string_view::npos) continue;
    std::size_t value = 0;
    for (auto i = at + name.size(); i < head.size() && head[i] >= '0' && head[i] <= '9'; ++i) {
      value = value * 10 + static_cast<std::size_t>(head[i] - '0');
    }
    return value;
  }
  return 0;
}

}  // namespace

void Tally::add(const Tally& other) {
  latency.add(other.latency);
  errors += other.errors;
  for (const auto& [status, count] : other.statuses) statuses[status] += count;
}

Connection::Connection(const test::Address& target, std::unique_ptr<Script> script, Tally& tally)
    : script_(std::move(script)), tally_(tally), descriptor_(connect_to(target)) {}

Connection::~Connection() { ::close(descriptor_); }

void Connection::transmit(std::string_view bytes) {
  const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent < 0 || static_cast<std::size_t>(sent) != bytes.size()) broken_ = true;
}

void Connection::send(Instant due) {
  due_ = due;
  waiting_ = true;
  transmit(script_->next());
}

void Connection::drip() {
  if (!broken_) transmit("a");
}

void Connection::fail(bool counted) {
  broken_ = true;
  if (!counted) return;
  ++tally_.errors;
  ++tally_.statuses[0];
}

bool Connection::readable(Instant now, bool counted) {
  std::array<char, 16384> buffer;
  const auto got = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (got <= 0) {
    fail(counted);
    return false;
  }
  received_.append(buffer.data(), static_cast<std::size_t>(got));
  return take_answer(now, counted);
}

bool Connection::take_answer(Instant now, bool counted) {
  const auto end = received_.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  const auto size = content_length(std::string_view(received_).substr(0, end));
  if (received_.size() < end + 4 + size) return false;
  const int status = (received_[9] - '0') * 100 + (received_[10] - '0') * 10 + (received_[11] - '0');
  const bool good = script_->answered(status, std::string_view(received_).substr(end + 4, size));
  received_.clear();
  waiting_ = false;
  if (counted) {
    const auto latency = std::chrono::duration_cast<std::chrono::microseconds>(now - due_).count();
    tally_.latency.record(static_cast<std::uint64_t>(latency > 0 ? latency : 0));
    ++tally_.statuses[status];
    if (!good) ++tally_.errors;
  }
  return true;
}

}  // namespace gatehouse::load
