// SPDX-License-Identifier: Apache-2.0
#include "support/fault_proxy.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <utility>

namespace gatehouse::test {
namespace {

sockaddr_un address_of(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string text = path.string();
  std::memcpy(address.sun_path, text.data(), std::min(text.size(), sizeof(address.sun_path) - 1));
  return address;
}

int unix_socket() { return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0); }

int unix_listener(const std::filesystem::path& path) {
  const auto address = address_of(path);
  const int listener = unix_socket();
  const bool done = ::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  return done ? listener : -1;
}

// On a port that the system chooses.
int tcp_listener(std::uint16_t& port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* name = reinterpret_cast<sockaddr*>(&address);
  const bool done = ::bind(listener, name, size) == 0 && ::getsockname(listener, name, &size) == 0;
  port = ::ntohs(address.sin_port);
  return done ? listener : -1;
}

}  // namespace

FaultProxy::FaultProxy(std::filesystem::path server, Line line)
    : server_(std::move(server)),
      line_(line),
      listener_(line == Line::Tcp ? tcp_listener(port_) : unix_listener(socket())) {
  if (::listen(listener_, 64) != 0 || ::pipe2(wake_, O_CLOEXEC) != 0) {
    throw std::runtime_error("the proxy cannot listen");
  }
  thread_ = std::thread([this] { run(); });
}

FaultProxy::~FaultProxy() {
  ::close(wake_[1]);
  thread_.join();
  for (const Pair& pair : pairs_) {
    ::close(pair.client);
    ::close(pair.server);
  }
  ::close(wake_[0]);
  ::close(listener_);
}

void FaultProxy::tell(Fault fault, const std::string& word, const std::string& bytes) {
  const std::lock_guard lock(mutex_);
  fault_ = fault;
  word_ = word;
  bytes_ = bytes;
}

void FaultProxy::run() {
  for (;;) {
    std::vector<pollfd> watched = {{wake_[0], POLLIN, 0}, {listener_, POLLIN, 0}};
    for (const Pair& pair : pairs_) {
      watched.push_back({pair.client, POLLIN, 0});
      watched.push_back({pair.server, POLLIN, 0});
    }
    if (::poll(watched.data(), watched.size(), patience()) < 0) continue;
    if (watched[0].revents != 0) return;
    for (std::size_t at = 0; at < pairs_.size(); ++at) {
      Pair& pair = pairs_[at];
      const bool alive = (watched[2 + 2 * at].revents == 0 || from_client(pair)) &&
                         (watched[3 + 2 * at].revents == 0 || from_server(pair)) && deliver(pair);
      if (!alive) end(pair);
    }
    std::erase_if(pairs_, [](const Pair& pair) { return pair.client < 0; });
    if (watched[1].revents != 0) accept();
  }
}

void FaultProxy::end(Pair& pair) const {
  const linger at_once{1, 0};
  if (reset_) ::setsockopt(pair.client, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  ::close(pair.client);
  ::close(pair.server);
  pair.client = -1;
}

void FaultProxy::accept() {
  Pair pair;
  pair.client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  const int at_once = 1;
  if (line_ == Line::Tcp) ::setsockopt(pair.client, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof(at_once));
  pair.server = unix_socket();
  const auto address = address_of(server_);
  if (::connect(pair.server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    ::close(pair.client);
    ::close(pair.server);
    return;
  }
  pairs_.push_back(std::move(pair));
}

bool FaultProxy::from_client(Pair& pair) {
  std::array<char, 65536> buffer{};
  const ssize_t got = ::recv(pair.client, buffer.data(), buffer.size(), 0);
  if (got <= 0) return false;
  const std::string_view request(buffer.data(), static_cast<std::size_t>(got));
  const std::lock_guard lock(mutex_);
  if (fault_ != Fault::None && request.find(word_) != std::string_view::npos) {
    switch (fault_) {
      case Fault::Answer: return pass(pair.client, bytes_.data(), bytes_.size());
      case Fault::CutRequest: fault_ = Fault::None; return false;
      case Fault::CutAnswer:
        fault_ = Fault::None;
        pair.cut = true;
        break;
      case Fault::None: break;
    }
  }
  return carry(pair, true, request.data(), request.size());
}

bool FaultProxy::from_server(Pair& pair) {
  std::array<char, 65536> buffer{};
  const ssize_t got = ::recv(pair.server, buffer.data(), buffer.size(), 0);
  return got > 0 && !pair.cut && carry(pair, false, buffer.data(), static_cast<std::size_t>(got));
}

bool FaultProxy::carry(Pair& pair, bool to_server, const char* bytes, std::size_t size) {
  const unsigned one_in = cut_one_in_;
  if (one_in != 0 && ++pieces_ % one_in == 0) return false;
  const std::chrono::milliseconds delay(delay_ms_);
  if (delay.count() == 0 && pair.late.empty()) return pass(to_server ? pair.server : pair.client, bytes, size);
  pair.late.push_back({std::chrono::steady_clock::now() + delay, to_server, std::string(bytes, size)});
  return true;
}

bool FaultProxy::deliver(Pair& pair) const {
  const auto now = std::chrono::steady_clock::now();
  // In order, so that nothing overtakes when the delay has become less.
  while (!pair.late.empty() && pair.late.front().due <= now) {
    const auto& piece = pair.late.front();
    if (!pass(piece.to_server ? pair.server : pair.client, piece.bytes.data(), piece.bytes.size())) return false;
    pair.late.pop_front();
  }
  return true;
}

int FaultProxy::patience() const {
  std::optional<std::chrono::steady_clock::time_point> next;
  for (const Pair& pair : pairs_) {
    if (!pair.late.empty() && (!next || pair.late.front().due < *next)) next = pair.late.front().due;
  }
  if (!next) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*next - std::chrono::steady_clock::now());
  return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

bool FaultProxy::pass(int to, const char* bytes, std::size_t size) const {
  const std::size_t step = slice_ ? 1 : size;
  for (std::size_t at = 0; at < size;) {
    const ssize_t sent = ::send(to, bytes + at, std::min(step, size - at), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    at += static_cast<std::size_t>(sent);
  }
  return true;
}

}  // namespace gatehouse::test
