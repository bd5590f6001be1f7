// SPDX-License-Identifier: Apache-2.0
#include "support/fault_proxy.h"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace gatehouse::test {
namespace {

// A server that takes connections and says nothing.
class SilentServer {
 public:
  SilentServer() : listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path().c_str(), sizeof(address.sun_path) - 1);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
  }
  ~SilentServer() { ::close(listener_); }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;

  std::filesystem::path path() const { return folder_.path() / "server.sock"; }

 private:
  TempFolder folder_;
  int listener_;
};

// What a client sees whose request is lost: 0 for an end, else the number of the error.
int end_seen_by_a_client_of(const FaultProxy& proxy) {
  const auto address = proxy.address();
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
  to.sin_port = ::htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.find(':') + 1))));
  const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_EQ(::connect(client, reinterpret_cast<const sockaddr*>(&to), sizeof(to)), 0);
  EXPECT_EQ(::send(client, "request", 7, MSG_NOSIGNAL), 7);
  char byte = 0;
  const auto got = ::recv(client, &byte, 1, 0);
  const int end = got == 0 ? 0 : errno;
  ::close(client);
  return end;
}

TEST(FaultProxy, CutsAConnectionPolitely) {
  const SilentServer server;
  FaultProxy proxy(server.path(), FaultProxy::Line::Tcp);
  proxy.cut_one_in(1);
  EXPECT_EQ(end_seen_by_a_client_of(proxy), 0);
}

TEST(FaultProxy, ResetsAConnectionWhenItIsToldTo) {
  const SilentServer server;
  FaultProxy proxy(server.path(), FaultProxy::Line::Tcp);
  proxy.cut_one_in(1);
  proxy.reset(true);
  EXPECT_EQ(end_seen_by_a_client_of(proxy), ECONNRESET);
}

}  // namespace
}  // namespace gatehouse::test
