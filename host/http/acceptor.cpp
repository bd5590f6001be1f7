// SPDX-License-Identifier: Apache-2.0
#include "http/acceptor.h"

#include "base/log.h"
#include "http/ip_address.h"

#include <Poco/Exception.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <exception>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace gatehouse::http {
namespace {

constexpr int backlog = 4096;
// Then connections that are served already have their turn.
constexpr int accepted_a_turn = 16;

struct Client {
  int fd;
  IpAddress peer;
};

Client accept_client(int listener) noexcept {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  const int fd = ::accept4(listener, reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  return {fd, IpAddress::of(reinterpret_cast<const sockaddr&>(address))};
}

int open_reserve() noexcept { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }

}  // namespace

struct Acceptor::Socket {
  Poco::Net::ServerSocket poco;
};

Acceptor::Acceptor(const std::string& address, Dialogue& dialogue, Log& log)
    : dialogue_(dialogue), log_(log), socket_(std::make_unique<Socket>()), reserve_(open_reserve()) {
  auto& socket = socket_->poco;
  try {
    const Poco::Net::SocketAddress where(address);
    // Not reusePort, which POCO's two-argument bind() sets as well: a second server would take half of the clients.
    if (where.family() == Poco::Net::AddressFamily::IPv6) {
      socket.bind6(where, true, false, false);
    } else {
      socket.bind(where, true, false);
    }
    socket.listen(backlog);
    socket.setBlocking(false);
    socket.setNoDelay(true);  // accepted sockets inherit it
    port_ = socket.address().port();
  } catch (const Poco::Exception& exception) {
    if (reserve_ >= 0) ::close(reserve_);
    const auto reason = exception.code() != 0 ? std::generic_category().message(exception.code())
                                              : std::string(exception.displayText());
    throw std::runtime_error("cannot listen on " + address + ": " + reason);
  }
  fd_ = socket.impl()->sockfd();
  ::fcntl(fd_, F_SETFD, FD_CLOEXEC);
}

Acceptor::~Acceptor() {
  close();
  if (reserve_ >= 0) ::close(reserve_);
}

void Acceptor::open() { dialogue_.poller().add_listener(fd_); }

void Acceptor::close() {
  const std::lock_guard lock(mutex_);
  if (fd_ < 0) return;
  dialogue_.poller().remove_listener(fd_);
  fd_ = -1;
  socket_->poco.close();
}

void Acceptor::accept(Scratch& scratch) noexcept {
  const std::lock_guard lock(mutex_);
  if (fd_ < 0) return;
  try {
    for (int i = 0; i < accepted_a_turn; ++i) {
      auto outcome = accept_one(scratch);
      if (outcome == Outcome::Exhausted) outcome = turn_one_away(scratch);
      if (outcome == Outcome::Empty) break;
      if (outcome == Outcome::Exhausted) {
        resting_ = true;
        return;
      }
    }
  } catch (const std::exception& exception) {
    log_.error("connection not accepted", {{"reason", std::string_view(exception.what())}});
  }
  dialogue_.poller().arm_listener(fd_);
}

Acceptor::Outcome Acceptor::accept_one(Scratch& scratch) {
  const auto client = accept_client(fd_);
  if (client.fd >= 0) {
    try {
      dialogue_.adopt(client.fd, client.peer, scratch);
    } catch (...) {
      ::close(client.fd);
      throw;
    }
    return Outcome::Accepted;
  }
  switch (errno) {
    case EAGAIN: return Outcome::Empty;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM: return Outcome::Exhausted;
    default: return Outcome::Accepted;  // of this client only: it has gone again, or the network reported for it
  }
}

Acceptor::Outcome Acceptor::turn_one_away(Scratch& scratch) {
  if (reserve_ < 0) return Outcome::Exhausted;
  ::close(std::exchange(reserve_, -1));
  const auto client = accept_client(fd_);
  // The system finds out that it has no descriptor before it looks whether anybody is waiting.
  const bool nobody_waits = client.fd < 0 && errno == EAGAIN;
  if (client.fd >= 0) {
    warn_exhausted();
    dialogue_.turn_away(client.fd, client.peer, scratch);
    ::close(client.fd);
    dialogue_.make_place();
  }
  reserve_ = open_reserve();
  if (client.fd >= 0) return Outcome::Accepted;
  return nobody_waits ? Outcome::Empty : Outcome::Exhausted;
}

void Acceptor::tick() noexcept {
  const std::lock_guard lock(mutex_);
  warned_ = false;
  if (reserve_ < 0) reserve_ = open_reserve();
  if (fd_ >= 0 && std::exchange(resting_, false)) dialogue_.poller().arm_listener(fd_);
}

void Acceptor::warn_exhausted() {
  if (std::exchange(warned_, true)) return;
  log_.error("clients are turned away: no more sockets can be opened",
             {{"what_to_do", "raise the limit of open files (ulimit -n, LimitNOFILE=)"}});
}

}  // namespace gatehouse::http
