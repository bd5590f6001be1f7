// SPDX-License-Identifier: Apache-2.0
#include "support/listener.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace gatehouse::test {

Listener::Listener() : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(descriptor_, generic, size) != 0 || ::listen(descriptor_, 16) != 0 ||
      ::getsockname(descriptor_, generic, &size) != 0) {
    throw std::runtime_error("cannot listen");
  }
  address_.port = ntohs(address.sin_port);
}

Listener::~Listener() { ::close(descriptor_); }

bool Listener::visited() const {
  pollfd entry{descriptor_, POLLIN, 0};
  return ::poll(&entry, 1, 0) != 0;
}

}  // namespace gatehouse::test
