// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"
#include "support/raw_socket.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <iostream>
#include <stdexcept>

namespace gatehouse::test {
namespace {

using std::chrono::steady_clock;

class SlowClients : public ApiTest {
 protected:
  void SetUp() override { start(); }

  // One byte more on each connection; answers, if any, are left in the sockets.
  static void drip(std::vector<RawSocket>& sockets, std::string_view byte) {
    for (auto& socket : sockets) socket.send(byte);
  }
};

TEST_F(SlowClients, FourHundredOfThemDoNotSlowTheOthers) {
  std::vector<RawSocket> slow;
  for (int i = 0; i < 200; ++i) {
    slow.emplace_back(server().listen());
    slow.back().send("GET /auth/user HTTP/1.1\r\nHost: x\r\nX-Slow: ");
  }
  for (int i = 0; i < 200; ++i) {
    slow.emplace_back(server().listen());
    slow.back().send(
        "POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{\"");
  }
  std::vector<double> milliseconds;
  HttpClient client(server().listen());
  for (int i = 0; i < 500; ++i) {
    if (i % 10 == 0) drip(slow, "a");
    const auto begin = steady_clock::now();
    ASSERT_EQ(client.get("/.well-known/jwks.json").status, 200);
    milliseconds.push_back(std::chrono::duration<double, std::milli>(steady_clock::now() - begin).count());
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  const double p99 = milliseconds[milliseconds.size() * 99 / 100];
  RecordProperty("p99_ms", std::to_string(p99));
  std::cout << "p99 beside 400 slow clients: " << p99 << " ms\n";
  EXPECT_LT(p99, 250);
}

// With as much time for an answer as a client wants.
class GreedyClient : public ApiTest {
 protected:
  void SetUp() override { start({.settings = {{"server.write_timeout", "\"10m\""}}}); }

  // Sends requests until the server has taken none for a while; gives their bytes, at most `most`.
  static std::size_t ask_until_full(const RawSocket& socket, std::size_t most) {
    std::string requests;
    for (int i = 0; i < 500; ++i) requests += "GET /.well-known/jwks.json HTTP/1.1\r\nHost: x\r\n\r\n";
    std::size_t sent = 0;
    pollfd writable{socket.descriptor(), POLLOUT, 0};
    while (sent<most&& ::poll(&writable, 1, 500)> 0) {
      const auto at = sent % requests.size();
      const auto taken =
          ::send(socket.descriptor(), requests.data() + at, requests.size() - at, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (taken < 0 && errno != EAGAIN) throw std::runtime_error("the server has ended the connection");
      if (taken > 0) sent += static_cast<std::size_t>(taken);
    }
    return sent;
  }
};

// What it asked for must not pile up in the server, so at some point the server stops listening to it. The system's own
// buffers hold some megabytes before.
TEST_F(GreedyClient, WhoNeverReadsItsAnswersIsNotListenedToAndCostsNoMemory) {
  constexpr std::size_t most = 64 * 1024 * 1024;
  HttpClient other(server().listen());
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(other.get("/.well-known/jwks.json").status, 200);
  const auto before = server().status_kib("VmRSS");
  const RawSocket greedy(server().listen());
  EXPECT_LT(ask_until_full(greedy, most), most);
  EXPECT_EQ(other.get("/.well-known/jwks.json").status, 200);
  if (memory_is_telling) {
    EXPECT_LT(server().status_kib("VmRSS"), before + 8 * 1024);
  }
}

class ImpatientServer : public SlowClients {
 protected:
  void SetUp() override {
    start({.settings = {{"server.head_timeout", "\"300ms\""}, {"server.body_timeout", "\"300ms\""}}});
  }
};

TEST_F(ImpatientServer, TheDeadlineForAHeadIsTotalAndNotPerByte) {
  RawSocket socket(server().listen());
  ASSERT_TRUE(socket.send("GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "));
  std::string answer;
  const auto until = steady_clock::now() + std::chrono::seconds(20);
  auto event = RawSocket::Event::Silence;
  while (event == RawSocket::Event::Silence && steady_clock::now() < until) {
    socket.send("a");
    event = socket.receive(answer, std::chrono::milliseconds(20));
  }
  ASSERT_NE(event, RawSocket::Event::Silence) << "a client that drips is kept for ever";
  auto talk = socket.read_all(std::chrono::seconds(5));
  answer += talk.bytes;
  EXPECT_TRUE(talk.closed);
  EXPECT_TRUE(answer.empty() || answer.starts_with("HTTP/1.1 408")) << answer;
}

TEST_F(ImpatientServer, TheDeadlineForABodyIsTotalAndNotPerByte) {
  RawSocket socket(server().listen());
  ASSERT_TRUE(socket.send(
      "POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n"));
  std::string answer;
  const auto until = steady_clock::now() + std::chrono::seconds(20);
  auto event = RawSocket::Event::Silence;
  while (event == RawSocket::Event::Silence && steady_clock::now() < until) {
    socket.send(" ");
    event = socket.receive(answer, std::chrono::milliseconds(20));
  }
  ASSERT_NE(event, RawSocket::Event::Silence) << "a client that drips is kept for ever";
  EXPECT_TRUE(answer.empty() || answer.starts_with("HTTP/1.1 408")) << answer;
}

}  // namespace
}  // namespace gatehouse::test
