// SPDX-License-Identifier: Apache-2.0
#include "unit/http/front_under_test.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <chrono>
#include <ctime>
#include <exception>
#include <functional>
#include <string>
#include <vector>

namespace gatehouse::test {
namespace {

using namespace http;
using namespace std::chrono_literals;

class Caps : public testing::Test {
 protected:
  // One thread: a connection whose successor has been answered is known to be idle.
  Caps() {
    front_.config.threads = 1;
    front_.add_echo(Method::Get, "/hello");
  }

  // A connection that has had an answer and waits.
  RawSocket idle_connection(std::string_view from = {}) {
    RawSocket socket(front_.address(), from);
    socket.send(get("/auth/hello"));
    std::string bytes;
    EXPECT_EQ(socket.receive(bytes, patience), RawSocket::Event::Data);
    return socket;
  }

  FrontUnderTest front_;
};

TEST_F(Caps, AtTheCapTheLongestIdleConnectionMakesPlace) {
  front_.config.limits.max_connections = 3;
  front_.start();
  auto first = idle_connection();
  auto second = idle_connection();
  auto third = idle_connection();
  auto fourth = idle_connection();
  std::string bytes;
  EXPECT_EQ(first.receive(bytes, patience), RawSocket::Event::Closed);
  EXPECT_FALSE(second.stale());
  EXPECT_FALSE(third.stale());
  EXPECT_FALSE(fourth.stale());
}

TEST_F(Caps, AtTheCapOfSlowHeadsTheOldestMakesPlace) {
  front_.config.limits.max_connections = 2;
  front_.config.limits.head_deadline = 2 * patience;
  front_.start();
  std::vector<RawSocket> slow;
  for (int i = 0; i < 2; ++i) {
    slow.emplace_back(front_.address());
    // In one write: who has answered the first request has begun to read the second.
    slow.back().send(get("/auth/hello") + "GET /auth/hello HTTP/1.1\r\nX");
    std::string answer;
    ASSERT_EQ(slow.back().receive(answer, patience), RawSocket::Event::Data);
  }
  const auto next = idle_connection();
  const auto talk = slow[0].read_all(patience);
  ASSERT_EQ(talk.answers.size(), 1U);
  EXPECT_EQ(talk.answers[0].status, 408);
  EXPECT_FALSE(slow[1].stale());
  EXPECT_FALSE(next.stale());
}

TEST_F(Caps, WithNobodyToSendAwayTheNewClientIsToldToComeBack) {
  Gate gate;
  front_.config.threads = 2;
  front_.config.limits.max_connections = 1;
  front_.add(Method::Get, "/slow", [&](const Request&) {
    gate.wait();
    return Response::empty();
  });
  front_.start();
  RawSocket busy(front_.address());
  busy.send(get("/auth/slow"));
  ASSERT_TRUE(gate.waiting().reaches(1));
  RawSocket refused(front_.address());
  const auto talk = refused.read_all(patience);
  ASSERT_EQ(talk.answers.size(), 1U);
  EXPECT_EQ(talk.answers[0].status, 503);
  EXPECT_EQ(talk.answers[0].header("Retry-After"), "1");
  EXPECT_TRUE(talk.closed);
  gate.open();
}

TEST_F(Caps, OfAnAddressDoNotCountForLoopback) {
  front_.config.limits.max_connections_per_address = 1;
  front_.start();
  const auto first = idle_connection("127.0.0.2");
  const auto second = idle_connection("127.0.0.2");
  EXPECT_FALSE(first.stale());
}

// Runs `act` in a child process that may have only so many descriptors more than it has now; gives its verdict.
int with_few_descriptors(rlim_t more, const std::function<bool()>& act) {
  const auto child = ::fork();
  if (child == 0) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const int next = ::dup(0);
    ::close(next);
    limit.rlim_cur = static_cast<rlim_t>(next) + more;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    bool good = false;
    try {
      good = act();
    } catch (const std::exception&) {
    }
    ::_exit(good ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return status;
}

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// More clients than the server has descriptors for: each gets an answer, 200 or 503. Tells by `done`, then holds on to
// its connections until `release` is closed.
[[noreturn]] void many_clients(const Address& address, int done, int release) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  char answered = 0;
  std::vector<RawSocket> sockets;
  for (int i = 0; i < 60; ++i) {
    sockets.emplace_back(address);
    sockets.back().send(get("/auth/hello"));
    std::string bytes;
    if (sockets.back().receive(bytes, patience) != RawSocket::Event::Data) break;
    ++answered;
  }
  [[maybe_unused]] const auto told = ::write(done, &answered, 1);
  [[maybe_unused]] const auto ended = ::read(release, &answered, 1);
  ::_exit(0);
}

bool survives_without_descriptors() {
  const StoppedClock stopped;
  FrontUnderTest front;
  front.clock = &stopped;
  front.config.threads = 2;
  front.add_echo(Method::Get, "/hello");
  front.start();
  int done[2];
  int release[2];
  if (::pipe(done) != 0 || ::pipe(release) != 0) return false;
  // Another process, or the clients would use up the server's descriptors.
  const auto clients = ::fork();
  if (clients == 0) {
    ::close(release[1]);
    many_clients(front.address(), done[1], release[0]);
  }
  ::close(release[0]);
  char answered = 0;
  if (::read(done[0], &answered, 1) != 1 || answered != 60) return false;
  const auto before = cpu_seconds();
  pollfd nothing{release[1], 0, 0};
  ::poll(&nothing, 1, 300);
  const auto used = cpu_seconds() - before;
  ::close(release[1]);
  ::waitpid(clients, nullptr, 0);
  return used < 0.1 && front.answers() && front.log.count("clients are turned away") >= 1;
}

TEST(Descriptors, WhenNoneIsLeftClientsAreAnsweredAndNothingSpins) {
  EXPECT_EQ(with_few_descriptors(24, survives_without_descriptors), 0);
}

}  // namespace
}  // namespace gatehouse::test
