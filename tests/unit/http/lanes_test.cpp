// SPDX-License-Identifier: Apache-2.0
#include "unit/http/front_under_test.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <thread>
#include <vector>

// The front only hands the arena through: here it is nothing.
namespace gatehouse::crypto {
class HashArena {};
}  // namespace gatehouse::crypto

namespace gatehouse::test {
namespace {

using namespace http;
using namespace std::chrono_literals;

// A hash lane whose jobs run when the test says so, on a thread of its own.
class HandDrivenLane {
 public:
  ~HandDrivenLane() {
    for (auto& thread : threads_) thread.join();
  }

  HashLane lane() {
    return [this](HashJob job) -> std::optional<std::chrono::milliseconds> {
      const std::lock_guard lock(mutex_);
      if (jobs_.size() >= room) return 2500ms;
      jobs_.push_back(std::move(job));
      queued.add();
      return std::nullopt;
    };
  }

  void run_one() {
    HashJob job;
    {
      const std::lock_guard lock(mutex_);
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    threads_.emplace_back([job = std::move(job)]() mutable {
      crypto::HashArena arena;
      job(arena);
      job = nullptr;
    });
  }

  Tally queued;
  std::size_t room = 100;

 private:
  std::mutex mutex_;
  std::deque<HashJob> jobs_;
  std::vector<std::thread> threads_;
};

class HashLaneRoute : public testing::Test {
 protected:
  HashLaneRoute() {
    auto& login = front_.add(Method::Post, "/login", [this](const Request& request) {
      had_arena_ = request.hash_arena != nullptr;
      return Response::json(200, request.body);
    });
    login.lane = Lane::Hash;
    login.body_limit = 100;
    front_.add_echo(Method::Get, "/hello");
    front_.steps.hash_lane = lane_.lane();
  }

  std::atomic<bool> had_arena_{false};
  FrontUnderTest front_;
  HandDrivenLane lane_;  // joined first: its jobs use the front's log and metrics
};

TEST_F(HashLaneRoute, IsAnsweredByTheLanesThread) {
  front_.start();
  RawSocket socket(front_.address());
  socket.send(post("/auth/login", "{}"));
  ASSERT_TRUE(lane_.queued.reaches(1));
  EXPECT_EQ(front_.gauge("gatehouse_http_requests_in_flight"), 1);
  lane_.run_one();
  std::string bytes;
  ASSERT_EQ(socket.receive(bytes, patience), RawSocket::Event::Data);
  EXPECT_EQ(take_response(bytes)->body, "{}");
  EXPECT_TRUE(had_arena_);
}

TEST_F(HashLaneRoute, HoldsNoThreadThatOthersNeed) {
  front_.start();
  std::vector<RawSocket> logins;
  for (int i = 0; i < 20; ++i) {
    logins.emplace_back(front_.address());
    logins.back().send(post("/auth/login", "{}"));
  }
  ASSERT_TRUE(lane_.queued.reaches(20));
  EXPECT_EQ(front_.client().get("/auth/hello").status, 200);
  for (int i = 0; i < 20; ++i) lane_.run_one();
}

TEST_F(HashLaneRoute, TakesUpTheConnectionAgainInOrder) {
  front_.start();
  RawSocket socket(front_.address());
  socket.send(post("/auth/login", "1") + get("/auth/hello") + post("/auth/login", "2") + get("/auth/hello"));
  ASSERT_TRUE(lane_.queued.reaches(1));
  lane_.run_one();
  ASSERT_TRUE(lane_.queued.reaches(2));
  lane_.run_one();
  socket.finish_sending();
  const auto talk = socket.read_all(patience);
  ASSERT_EQ(talk.answers.size(), 4U);
  EXPECT_EQ(talk.answers[0].body, "1");
  EXPECT_EQ(talk.answers[2].body, "2");
  EXPECT_EQ(talk.answers[3].body, "\"/hello:\"");
}

TEST_F(HashLaneRoute, IsRefusedWhenTheLaneIsFull) {
  lane_.room = 0;
  front_.start();
  auto client = front_.client();
  const auto answer = client.post("/auth/login", "{}");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(code_of(answer), "OVERLOADED");
  EXPECT_EQ(answer.header("Retry-After"), "3");
  EXPECT_EQ(client.get("/auth/hello").status, 200);
  EXPECT_EQ(client.connections(), 1);
  EXPECT_EQ(front_.gauge("gatehouse_http_requests_in_flight"), 0);
}

TEST_F(HashLaneRoute, IsAdmittedBeforeItIsQueued) {
  front_.routes[0].rate = RateClass::Login;
  front_.steps.admit = [](const Request&, RateClass) { return Error{Code::RateLimited, {}, {}, 60s}; };
  front_.start();
  const auto answer = front_.client().post("/auth/login", "{}");
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.header("Retry-After"), "60");
  EXPECT_EQ(lane_.queued.value(), 0);
}

TEST_F(HashLaneRoute, IsNotHandledWhenItsDeadlinePassedInTheQueue) {
  front_.config.limits.handler_deadline = 0ms;
  front_.start();
  RawSocket socket(front_.address());
  socket.send(post("/auth/login", "{}"));
  ASSERT_TRUE(lane_.queued.reaches(1));
  lane_.run_one();
  std::string bytes;
  ASSERT_EQ(socket.receive(bytes, patience), RawSocket::Event::Data);
  EXPECT_EQ(code_of(*take_response(bytes)), "OVERLOADED");
  EXPECT_FALSE(had_arena_);
}

TEST_F(HashLaneRoute, ThatCannotTakeARequestIsAnInternalError) {
  front_.steps.hash_lane = [](HashJob) -> std::optional<std::chrono::milliseconds> { throw 1; };
  front_.start();
  EXPECT_EQ(front_.client().post("/auth/login", "{}").status, 500);
}

TEST_F(HashLaneRoute, OutlivesAClientThatLeaves) {
  front_.start();
  {
    RawSocket socket(front_.address());
    socket.send(post("/auth/login", "{}"));
    ASSERT_TRUE(lane_.queued.reaches(1));
  }
  lane_.run_one();
  EXPECT_TRUE(front_.gauge_reaches("gatehouse_http_connections", 0));
  EXPECT_TRUE(front_.answers());
}

TEST_F(HashLaneRoute, MayEndAfterTheServerHas) {
  front_.config.limits.shutdown_grace = 0ms;
  front_.start();
  RawSocket socket(front_.address());
  socket.send(post("/auth/login", "{}"));
  ASSERT_TRUE(lane_.queued.reaches(1));
  front_.server->stop();
  front_.server.reset();
  lane_.run_one();
  const auto talk = socket.read_all(patience);
  EXPECT_TRUE(talk.closed);
  EXPECT_TRUE(talk.answers.empty());
}

TEST_F(HashLaneRoute, NeedsALane) {
  front_.steps.hash_lane = nullptr;
  EXPECT_THROW(front_.start(), std::invalid_argument);
}

class HeldAnswer : public testing::Test {
 protected:
  HeldAnswer() {
    front_.config.threads = 2;
    front_.add(Method::Get, "/held", [this](const Request&) {
      auto response = Response::json(200, "\"held\"");
      response.not_before = front_.clock->steady() + wait_;
      return response;
    });
    front_.add_echo(Method::Get, "/hello");
  }

  std::chrono::milliseconds wait_{300};
  FrontUnderTest front_;
};

TEST_F(HeldAnswer, DoesNotComeBeforeItsTime) {
  front_.start();
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(front_.client().get("/auth/held").body, "\"held\"");
  EXPECT_GE(std::chrono::steady_clock::now() - begin, wait_);
}

TEST_F(HeldAnswer, HoldsNoThread) {
  wait_ = 2s;
  front_.start();
  std::vector<RawSocket> held;
  for (int i = 0; i < 50; ++i) {
    held.emplace_back(front_.address());
    held.back().send(get("/auth/held"));
  }
  ASSERT_TRUE(front_.gauge_reaches("gatehouse_http_requests_in_flight", 50));
  EXPECT_EQ(front_.client().get("/auth/hello").status, 200);
  EXPECT_EQ(front_.gauge("gatehouse_http_requests_in_flight"), 50);
  for (auto& socket : held) {
    std::string bytes;
    ASSERT_EQ(socket.receive(bytes, patience), RawSocket::Event::Data);
    EXPECT_EQ(take_response(bytes)->status, 200);
  }
}

TEST_F(HeldAnswer, KeepsTheOrderOfItsConnection) {
  front_.start();
  const auto talk = converse(front_.address(), get("/auth/held") + get("/auth/hello"), patience);
  ASSERT_EQ(talk.answers.size(), 2U);
  EXPECT_EQ(talk.answers[0].body, "\"held\"");
}

TEST_F(HeldAnswer, IsStillSentWhenTheServerStops) {
  front_.start();
  RawSocket socket(front_.address());
  socket.send(get("/auth/held"));
  ASSERT_TRUE(front_.gauge_reaches("gatehouse_http_requests_in_flight", 1));
  front_.server->stop();
  const auto talk = socket.read_all(patience);
  ASSERT_EQ(talk.answers.size(), 1U);
  EXPECT_TRUE(talk.answers[0].closes());
}

}  // namespace
}  // namespace gatehouse::test
