// SPDX-License-Identifier: Apache-2.0
#include "unit/http/front_under_test.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse::test {
namespace {

using namespace http;

class OnAConnection : public testing::Test {
 protected:
  void SetUp() override {
    front_.add_echo(Method::Get, "/hello");
    front_.add_echo(Method::Post, "/echo", 70000);
    front_.add(Method::Get, "/large", [](const Request&) { return Response::json(200, std::string(8 << 20, 'x')); });
    front_.add(Method::Get, "/header",
               [](const Request& request) { return Response::json(200, std::string(request.header("x-value"))); });
    front_.start();
  }

  Conversation converse(std::string_view bytes) { return test::converse(front_.address(), bytes, patience); }

  FrontUnderTest front_;
};

TEST_F(OnAConnection, OneRequestFollowsAnother) {
  auto client = front_.client();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(client.get("/auth/hello").body, "\"/hello:\"");
  EXPECT_EQ(client.connections(), 1);
}

TEST_F(OnAConnection, RequestsSentAheadAreAnsweredInOrder) {
  std::string bytes;
  for (int i = 0; i < 100; ++i) bytes += post("/auth/echo", std::to_string(i));
  const auto talk = converse(bytes);
  ASSERT_EQ(talk.answers.size(), 100U);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(talk.answers[static_cast<std::size_t>(i)].body, "\"/echo:" + std::to_string(i) + "\"");
  }
}

TEST_F(OnAConnection, ARequestMayArriveByteByByte) {
  RawSocket socket(front_.address());
  for (const char byte : post("/auth/echo", "hello") + get("/auth/hello")) socket.send({&byte, 1});
  socket.finish_sending();
  const auto talk = socket.read_all(patience);
  ASSERT_EQ(talk.answers.size(), 2U);
  EXPECT_EQ(talk.answers[0].body, "\"/echo:hello\"");
}

TEST_F(OnAConnection, ChunkedBodiesArePutTogetherOneAfterTheOther) {
  const std::string head = "POST /auth/echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  const auto talk =
      converse(head + "5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n" + head + "3\r\nbye\r\n0\r\n\r\n" + get("/auth/hello"));
  ASSERT_EQ(talk.answers.size(), 3U);
  EXPECT_EQ(talk.answers[0].body, "\"/echo:hello!\"");
  EXPECT_EQ(talk.answers[1].body, "\"/echo:bye\"");
}

TEST_F(OnAConnection, ALongBodyIsReadWhole) {
  const std::string body(70000, 'b');
  const auto talk = converse(post("/auth/echo", body));
  ASSERT_EQ(talk.answers.size(), 1U);
  EXPECT_EQ(talk.answers[0].body, "\"/echo:" + body + "\"");
}

TEST_F(OnAConnection, ALargeAnswerIsWrittenAsTheClientReads) {
  const auto talk = converse(get("/auth/large") + get("/auth/hello"));
  ASSERT_EQ(talk.answers.size(), 2U);
  EXPECT_EQ(talk.answers[0].body.size(), std::size_t{8} << 20);
}

TEST_F(OnAConnection, ExpectContinueIsAnsweredBeforeTheBodyComes) {
  RawSocket socket(front_.address());
  socket.send("POST /auth/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  std::string bytes;
  ASSERT_EQ(socket.receive(bytes, patience), RawSocket::Event::Data);
  EXPECT_EQ(bytes, "HTTP/1.1 100 Continue\r\n\r\n");
  socket.send("hello");
  socket.finish_sending();
  const auto talk = socket.read_all(patience);
  ASSERT_EQ(talk.answers.size(), 1U);
  EXPECT_EQ(talk.answers[0].body, "\"/echo:hello\"");
}

TEST_F(OnAConnection, ExpectContinueIsNotAnsweredWhenTheRequestIsRefusedAnyway) {
  RawSocket socket(front_.address());
  socket.send("POST /auth/echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\nExpect: 100-continue\r\n\r\n");
  const auto talk = socket.read_all(patience);
  ASSERT_EQ(talk.answers.size(), 1U);
  EXPECT_EQ(talk.answers[0].status, 413);
  EXPECT_TRUE(talk.closed);
}

TEST_F(OnAConnection, HeadIsAnsweredAsGetWithoutTheBody) {
  auto client = front_.client();
  const auto answer = client.send({"HEAD", "/auth/hello", {}, {}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("Content-Length"), "9");
  EXPECT_EQ(client.get("/auth/hello").status, 200);
  EXPECT_EQ(client.connections(), 1);
}

TEST_F(OnAConnection, ARefusalWithoutABodyKeepsTheConnection) {
  auto client = front_.client();
  EXPECT_EQ(code_of(client.get("/auth/nothing")), "NOT_FOUND");
  EXPECT_EQ(code_of(client.del("/auth/hello")), "METHOD_NOT_ALLOWED");
  EXPECT_EQ(client.get("/auth/hello").status, 200);
  EXPECT_EQ(client.connections(), 1);
}

TEST_F(OnAConnection, TheClientsWishToEndIsMet) {
  RawSocket socket(front_.address());
  socket.send(get("/auth/hello", "Connection: close\r\n"));
  const auto talk = socket.read_all(patience);
  ASSERT_EQ(talk.answers.size(), 1U);
  EXPECT_TRUE(talk.answers[0].closes());
  EXPECT_TRUE(talk.closed);
}

TEST_F(OnAConnection, Http10EndsUnlessAskedToStay) {
  RawSocket ends(front_.address());
  ends.send("GET /auth/hello HTTP/1.0\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(ends.read_all(patience).closed);

  const std::string keeps = "GET /auth/hello HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n";
  const auto talk = converse(keeps + keeps);
  ASSERT_EQ(talk.answers.size(), 2U);
  EXPECT_EQ(talk.answers[0].header("Connection"), "keep-alive");
}

// Two users of one connection, as behind a proxy: what one sent must never show up in the other's answer.
TEST_F(OnAConnection, UsersWhoAlternateNeverSeeEachOther) {
  std::atomic<int> wrong{0};
  const auto alternate = [&](int thread) {
    auto client = front_.client();
    for (int i = 0; i < 500; ++i) {
      const auto mine = "user-" + std::to_string(thread) + "-" + std::to_string(i);
      const auto posted = client.post("/auth/echo", mine);
      const auto shown = client.get("/auth/header", {{"X-Value", mine}});
      const auto nothing = client.get("/auth/header");
      if (posted.body != "\"/echo:" + mine + "\"" || shown.body != mine || !nothing.body.empty()) ++wrong;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) threads.emplace_back(alternate, i);
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(OnAConnection, ThatIsIdleNothingIsKeptButTheSocket) {
  std::vector<RawSocket> idle;
  for (int i = 0; i < 50; ++i) {
    idle.emplace_back(front_.address());
    idle.back().send(get("/auth/hello"));
    std::string bytes;
    ASSERT_EQ(idle.back().receive(bytes, patience), RawSocket::Event::Data);
  }
  EXPECT_EQ(front_.gauge("gatehouse_http_connections"), 50);
  EXPECT_EQ(front_.gauge("gatehouse_http_requests_in_flight"), 0);
  idle.clear();
  EXPECT_TRUE(front_.gauge_reaches("gatehouse_http_connections", 0));
}

}  // namespace
}  // namespace gatehouse::test
