// SPDX-License-Identifier: Apache-2.0
#include "support/fault_proxy.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
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

}  // namespace

FaultProxy::FaultProxy(std::filesystem::path server) : server_(std::move(server)), listener_(unix_socket()) {
  const auto address = address_of(socket());
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(listener_, 64) != 0 || ::pipe2(wake_, O_CLOEXEC) != 0) {
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
    if (::poll(watched.data(), watched.size(), -1) < 0) continue;
    if (watched[0].revents != 0) return;
    for (std::size_t at = 0; at < pairs_.size(); ++at) {
      Pair& pair = pairs_[at];
      const bool alive = (watched[2 + 2 * at].revents == 0 || from_client(pair)) &&
                         (watched[3 + 2 * at].revents == 0 || from_server(pair));
      if (alive) continue;
      ::close(pair.client);
      ::close(pair.server);
      pair.client = -1;
    }
    std::erase_if(pairs_, [](const Pair& pair) { return pair.client < 0; });
    if (watched[1].revents != 0) accept();
  }
}

void FaultProxy::accept() {
  Pair pair;
  pair.client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  pair.server = unix_socket();
  const auto address = address_of(server_);
  if (::connect(pair.server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    ::close(pair.client);
    ::close(pair.server);
    return;
  }
  pairs_.push_back(pair);
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
  return pass(pair.server, request.data(), request.size());
}

bool FaultProxy::from_server(Pair& pair) {
  std::array<char, 65536> buffer{};
  const ssize_t got = ::recv(pair.server, buffer.data(), buffer.size(), 0);
  return got > 0 && !pair.cut && pass(pair.client, buffer.data(), static_cast<std::size_t>(got));
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
