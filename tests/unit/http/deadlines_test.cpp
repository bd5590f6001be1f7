// SPDX-License-Identifier: Apache-2.0
#include "unit/http/front_under_test.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse::test {
namespace {

using namespace http;
using namespace std::chrono_literals;

class Deadline : public testing::Test {
 protected:
  Deadline() {
    front_.add_echo(Method::Get, "/hello");
    front_.add_echo(Method::Post, "/echo", 1000);
    front_.add(Method::Get, "/large", [](const Request&) { return Response::json(200, std::string(64 << 20, 'x')); });
  }

  FrontUnderTest front_;
};

void expect_timeout(RawSocket& socket) {
  const auto talk = socket.read_all(patience);
  EXPECT_TRUE(talk.closed);
  ASSERT_EQ(talk.answers.size(), 1U);
  EXPECT_EQ(talk.answers[0].status, 408);
  EXPECT_EQ(code_of(talk.answers[0]), "REQUEST_TIMEOUT");
  EXPECT_TRUE(talk.answers[0].closes());
}

TEST_F(Deadline, EndsAHeadThatDoesNotEnd) {
  front_.config.limits.head_deadline = 50ms;
  front_.start();
  RawSocket socket(front_.address());
  socket.send("GET /auth/hello HTTP/1.1\r\nHost:");
  expect_timeout(socket);
}

// Each byte comes in time; only the sum is too slow.
TEST_F(Deadline, EndsAHeadThatTricklesIn) {
  front_.config.limits.head_deadline = 200ms;
  front_.start();
  RawSocket socket(front_.address());
  const auto begin = std::chrono::steady_clock::now();
  std::string answer;
  socket.send("GET /auth/hello HTTP/1.1\r\nHost: a\r\nX: ");
  while (socket.receive(answer, 10ms) == RawSocket::Event::Silence) socket.send("x");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, patience / 2);
  EXPECT_NE(answer.find("408 Request Timeout"), std::string::npos);
}

TEST_F(Deadline, EndsABodyThatDoesNotEnd) {
  front_.config.limits.body_deadline = 50ms;
  front_.start();
  RawSocket socket(front_.address());
  socket.send("POST /auth/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");
  expect_timeout(socket);
}

TEST_F(Deadline, EndsAChunkedBodyThatDoesNotEnd) {
  front_.config.limits.body_deadline = 50ms;
  front_.start();
  RawSocket socket(front_.address());
  socket.send("POST /auth/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
  expect_timeout(socket);
}

TEST_F(Deadline, EndsAnIdleConnectionWithoutAWord) {
  front_.config.limits.idle_deadline = 50ms;
  front_.start();
  RawSocket socket(front_.address());
  socket.send(get("/auth/hello"));
  const auto talk = socket.read_all(patience);
  EXPECT_TRUE(talk.closed);
  EXPECT_EQ(talk.answers.size(), 1U);
  EXPECT_EQ(talk.rest, "");
}

TEST_F(Deadline, EndsAConnectionThatNeverBegins) {
  front_.config.limits.idle_deadline = 50ms;
  front_.start();
  RawSocket socket(front_.address());
  const auto talk = socket.read_all(patience);
  EXPECT_TRUE(talk.closed);
  EXPECT_EQ(talk.bytes, "");
}

TEST_F(Deadline, EndsAnAnswerNobodyReads) {
  front_.config.limits.write_deadline = 50ms;
  front_.start();
  RawSocket socket(front_.address());
  socket.send(get("/auth/large"));
  EXPECT_TRUE(front_.gauge_reaches("gatehouse_http_connections", 1));
  EXPECT_TRUE(front_.gauge_reaches("gatehouse_http_connections", 0));
}

TEST_F(Deadline, OfTheHeadDoesNotCountWhileTheHandlerRuns) {
  Gate gate;
  front_.config.limits.head_deadline = 50ms;
  front_.config.limits.idle_deadline = 50ms;
  front_.add(Method::Get, "/slow", [&](const Request&) {
    gate.wait();
    return Response::empty();
  });
  front_.start();
  RawSocket waiting(front_.address());
  waiting.send(get("/auth/slow"));
  ASSERT_TRUE(gate.waiting().reaches(1));
  // When this one has been ended, the other has been spared by the same sweep.
  RawSocket idle(front_.address());
  EXPECT_TRUE(idle.read_all(patience).closed);
  gate.open();
  const auto talk = waiting.read_all(patience);
  ASSERT_EQ(talk.answers.size(), 1U);
  EXPECT_EQ(talk.answers[0].status, 204);
}

TEST_F(Deadline, OfTheHandlerTravelsWithTheRequest) {
  Steady deadline{};
  Steady received{};
  front_.config.limits.handler_deadline = 1234ms;
  front_.add(Method::Get, "/deadline", [&](const Request& request) {
    deadline = request.deadline;
    received = request.received;
    return Response::empty();
  });
  front_.start();
  EXPECT_EQ(front_.client().get("/auth/deadline").status, 204);
  EXPECT_EQ(deadline - received, 1234ms);
}

// 20 such clients stop a thread-per-connection server.
TEST_F(Deadline, SlowClientsKeepNoThreadFromOthers) {
  front_.start();
  std::vector<RawSocket> slow;
  for (int i = 0; i < 200; ++i) {
    slow.emplace_back(front_.address());
    slow.back().send(i % 2 == 0 ? "GET /auth/hello HTTP/1.1\r\nX-"
                                : "POST /auth/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx");
  }
  ASSERT_TRUE(front_.gauge_reaches("gatehouse_http_connections", 200));
  auto client = front_.client();
  for (int i = 0; i < 200; ++i) EXPECT_EQ(client.get("/auth/hello").status, 200);
  EXPECT_EQ(front_.gauge("gatehouse_http_connections"), 201);
}

}  // namespace
}  // namespace gatehouse::test
