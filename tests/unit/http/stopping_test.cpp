// SPDX-License-Identifier: Apache-2.0
#include "unit/http/front_under_test.h"

#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse::test {
namespace {

using namespace http;
using namespace std::chrono_literals;

// A front that stops refuses connections.
void wait_until_refused(const Address& address) {
  try {
    for (;;) const RawSocket probe(address);
  } catch (const std::runtime_error&) {
  }
}

class Stopping : public testing::Test {
 protected:
  Stopping() {
    front_.add(Method::Get, "/slow", [this](const Request&) {
      gate_.wait();
      return Response::json(200, "\"done\"");
    });
    front_.add_echo(Method::Get, "/hello");
    front_.add_echo(Method::Post, "/echo", 100);
  }

  Gate gate_;
  FrontUnderTest front_;
};

TEST_F(Stopping, FinishesWhatIsInFlight) {
  front_.start();
  RawSocket socket(front_.address());
  socket.send(get("/auth/slow"));
  ASSERT_TRUE(gate_.waiting().reaches(1));
  std::thread stopping([&] { front_.server->stop(); });
  wait_until_refused(front_.address());
  gate_.open();
  const auto talk = socket.read_all(patience);
  stopping.join();
  ASSERT_EQ(talk.answers.size(), 1U);
  EXPECT_EQ(talk.answers[0].body, "\"done\"");
  EXPECT_TRUE(talk.answers[0].closes());
  EXPECT_TRUE(talk.closed);
}

TEST_F(Stopping, GoesOnAcceptingForItsDelay) {
  front_.config.limits.drain_delay = 200ms;
  front_.start();
  const auto address = front_.address();
  const auto begin = std::chrono::steady_clock::now();
  std::thread stopping([&] { front_.server->stop(); });
  wait_until_refused(address);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 200ms);
  stopping.join();
}

TEST_F(Stopping, EndsIdleConnectionsAtOnce) {
  front_.start();
  RawSocket idle(front_.address());
  idle.send(get("/auth/hello"));
  std::string bytes;
  ASSERT_EQ(idle.receive(bytes, patience), RawSocket::Event::Data);
  const auto begin = std::chrono::steady_clock::now();
  front_.server->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, front_.config.limits.shutdown_grace / 2);
  EXPECT_EQ(idle.receive(bytes, patience), RawSocket::Event::Closed);
}

// Not for its grace, nor for as long as a head may take: a head without an end is no request.
TEST_F(Stopping, DoesNotWaitForTheRestOfAHead) {
  front_.config.limits.shutdown_grace = 2min;
  front_.config.limits.head_deadline = 2min;
  front_.start();
  RawSocket half(front_.address());
  half.send(get("/auth/hello") + "GET /auth/hello HTTP/1.1\r\nHo");
  std::string first;
  ASSERT_EQ(half.receive(first, patience), RawSocket::Event::Data);
  const auto begin = std::chrono::steady_clock::now();
  front_.server->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 1min);
  EXPECT_THAT(half.read_all(patience).bytes, testing::HasSubstr("HTTP/1.1 408 "));
}

TEST_F(Stopping, TakesAHeadWhoseRestComesInTime) {
  const StoppedClock clock;
  front_.clock = &clock;
  front_.start();
  RawSocket half(front_.address());
  const auto request = get("/auth/hello");
  half.send(request + request.substr(0, 9));
  std::string first;
  ASSERT_EQ(half.receive(first, patience), RawSocket::Event::Data);
  std::thread stopping([&] { front_.server->stop(); });
  wait_until_refused(front_.address());
  half.send(request.substr(9));
  const auto talk = half.read_all(patience);
  stopping.join();
  ASSERT_EQ(talk.answers.size(), 1U) << talk.bytes;
  EXPECT_EQ(talk.answers[0].status, 200);
}

TEST_F(Stopping, WaitsNoLongerThanItsGrace) {
  front_.config.limits.shutdown_grace = 50ms;
  front_.start();
  RawSocket half(front_.address());
  half.send("POST /auth/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
  ASSERT_TRUE(front_.gauge_reaches("gatehouse_http_connections", 1));
  front_.server->stop();
  EXPECT_TRUE(half.read_all(patience).closed);
}

TEST_F(Stopping, TwiceIsOnce) {
  front_.start();
  front_.server->stop();
  front_.server->stop();
}

TEST_F(Stopping, BeforeTheStartDoesNothing) {
  http::Server server(front_.config, front_.routes, front_.steps, *front_.clock, *front_.random, front_.log,
                      front_.metrics);
  server.stop();
  EXPECT_EQ(server.port(), 0);
}

TEST_F(Stopping, UnderLoadBreaksNoAnswer) {
  front_.start();
  const auto address = front_.address();
  std::atomic<int> broken{0};
  std::atomic<int> answered{0};
  const auto load = [&] {
    try {
      for (;;) {
        RawSocket socket(address);
        if (!socket.send(get("/auth/hello"))) return;
        std::string bytes;
        while (socket.receive(bytes, patience) == RawSocket::Event::Data && !take_response(bytes)) {
        }
        // Closed before the first byte: the connection had waited in the accept queue. Anything else is a torn answer.
        if (!bytes.empty()) ++broken;
        ++answered;
      }
    } catch (const std::runtime_error&) {
      return;  // refused: it has stopped
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(load);
  while (answered < 200) std::this_thread::yield();
  front_.server->stop();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(broken, 0);
}

TEST(Starting, OnATakenPortNamesTheAddressAndTheReason) {
  FrontUnderTest first;
  first.start();
  FrontUnderTest second;
  second.config.listen = first.address().text();
  try {
    second.start();
    FAIL() << "it listens";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(error.what(), "cannot listen on " + first.address().text() + ": Address already in use");
  }
}

TEST(Starting, OnSomethingThatIsNoAddressFails) {
  FrontUnderTest front;
  front.config.listen = "nowhere";
  EXPECT_THROW(front.start(), std::runtime_error);
}

TEST(Starting, OnIpv6Works) {
  FrontUnderTest front;
  front.config.listen = "[::1]:0";
  front.start();
  EXPECT_NE(front.server->port(), 0);
}

}  // namespace
}  // namespace gatehouse::test
