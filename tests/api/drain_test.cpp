// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"
#include "support/raw_socket.h"

#include <signal.h>

namespace gatehouse::test {
namespace {

// Slow enough hashes that logins are in flight while the server is told to stop.
class Drain : public ApiTest {
 protected:
  void SetUp() override {
    start({.settings = {{"passwords.hash.memory", "\"32MiB\""}, {"passwords.hash.passes", "2"}}});
    ASSERT_EQ(api().signup(account("ada")).status, 201);
  }
  std::string login_bytes() {
    const auto body = json_object({{"email", R"("ada@example.org")"}, {"password", R"("Violet-Harbour-41")"}});
    return serialise({"POST", "/auth/login", {{"Content-Type", "application/json"}}, body}, server().listen().text());
  }
};

TEST_F(Drain, LoginsInFlightAreAnsweredWholeBeforeTheEnd) {
  std::vector<RawSocket> sockets;
  for (int i = 0; i < 24; ++i) sockets.emplace_back(server().listen());
  // The first answer shows that the server works on them; the others are on their way.
  for (auto& socket : sockets) ASSERT_TRUE(socket.send(login_bytes()));
  std::string first;
  ASSERT_EQ(sockets[0].receive(first, std::chrono::seconds(20)), RawSocket::Event::Data);
  server().signal(SIGTERM);
  int answered = 0;
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    auto talk = sockets[i].read_all(std::chrono::seconds(30));
    if (i == 0) {
      talk.bytes = first + talk.bytes;
      const auto whole = take_response(talk.bytes);
      ASSERT_TRUE(whole);
      talk.answers.push_back(*whole);
      talk.rest.clear();
    }
    EXPECT_TRUE(talk.closed);
    EXPECT_EQ(talk.rest, "") << "a broken answer";
    ASSERT_EQ(talk.answers.size(), 1U) << "connection " << i;
    EXPECT_TRUE(talk.answers[0].status == 200 || talk.answers[0].status == 503) << talk.answers[0].status;
    if (talk.answers[0].status == 200) ++answered;
  }
  EXPECT_GE(answered, 1);
  EXPECT_EQ(server().wait(), 0);
}

// Whose patience is beyond the test's.
class PatientDrain : public ApiTest {
 protected:
  void SetUp() override {
    start({.settings = {{"server.shutdown_grace", "\"5m\""},
                        {"server.head_timeout", "\"5m\""},
                        {"server.idle_timeout", "\"10m\""}}});
  }
};

TEST_F(PatientDrain, IsHeldUpByNoIdleConnectionAndByNoHalfHead) {
  const std::string whole = "GET /.well-known/jwks.json HTTP/1.1\r\nHost: x\r\n\r\n";
  std::vector<RawSocket> idle;
  for (int i = 0; i < 50; ++i) {
    idle.emplace_back(server().listen());
    // The answer to the first shows that the server has what was sent with it.
    idle.back().send(i == 0 ? whole + "POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Le" : whole);
    std::string answer;
    while (!take_response(answer))
      ASSERT_EQ(idle.back().receive(answer, std::chrono::seconds(20)), RawSocket::Event::Data);
  }
  const auto begin = std::chrono::steady_clock::now();
  server().signal(SIGTERM);
  EXPECT_EQ(server().wait(std::chrono::minutes(2)), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::minutes(1));
  const auto half = idle[0].read_all(std::chrono::seconds(20));
  EXPECT_TRUE(half.bytes.starts_with("HTTP/1.1 408 ")) << half.bytes;
}

}  // namespace
}  // namespace gatehouse::test
