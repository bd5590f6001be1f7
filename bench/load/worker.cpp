// SPDX-License-Identifier: Apache-2.0
#include "load/worker.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace gatehouse::load {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// A group's connections, and when the clock wants the next request of it (or the next drop of a slow one).
struct Worker::Lane {
  const Group& group;
  std::vector<std::unique_ptr<Connection>> connections;
  microseconds interval{0};
  Instant due{};
  std::size_t turn = 0;

  bool slow() const { return group.work == Work::SlowHead || group.work == Work::SlowBody; }
  bool by_clock() const { return interval.count() > 0; }
};

namespace {

// What epoll hands back: which connection of which lane.
std::uint64_t tag(std::size_t lane, std::size_t connection) { return (std::uint64_t{lane} << 32) | connection; }

}  // namespace

Worker::Worker(const Options& options, std::vector<std::vector<std::unique_ptr<Script>>> scripts)
    : options_(options), tallies_(scripts.size()), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) throw std::runtime_error("epoll_create1");
  for (std::size_t g = 0; g < scripts.size(); ++g) {
    auto lane = std::make_unique<Lane>(Lane{options.groups[g], {}, {}, {}, 0});
    if (lane->group.rate > 0) lane->interval = microseconds(1'000'000ULL * options.threads / lane->group.rate);
    if (lane->slow()) lane->interval = milliseconds(100);
    for (auto& script : scripts[g]) {
      auto connection = std::make_unique<Connection>(options.target, std::move(script), tallies_[g]);
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = tag(g, lane->connections.size());
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection->descriptor(), &event);
      lane->connections.push_back(std::move(connection));
    }
    lanes_.push_back(std::move(lane));
  }
}

Worker::~Worker() { ::close(epoll_); }

void Worker::start(Lane& lane, Instant now) {
  lane.due = now + lane.interval;
  // A slow one begins its request here; the clock lets the rest of it drip.
  if (lane.by_clock() && !lane.slow()) return;
  for (auto& connection : lane.connections) connection->send(now);
}

// What the clock wants of a lane. A request that is due while every connection still waits for its answer stays due,
// and the wait counts.
void Worker::tick(Lane& lane, Instant now) {
  if (!lane.by_clock()) return;
  while (lane.due <= now) {
    if (lane.slow()) {
      for (auto& connection : lane.connections) connection->drip();
    } else {
      std::size_t tried = 0;
      while (tried < lane.connections.size() && lane.connections[lane.turn]->waiting()) {
        lane.turn = (lane.turn + 1) % lane.connections.size();
        ++tried;
      }
      if (tried == lane.connections.size()) return;
      lane.connections[lane.turn]->send(lane.due);
    }
    lane.due += lane.interval;
  }
}

void Worker::handle(Lane& lane, Connection& connection, Instant now) {
  const bool answered = connection.readable(now, now >= counted_from_);
  if (connection.broken()) {
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, connection.descriptor(), nullptr);
    return;
  }
  if (answered && !lane.by_clock() && lane.group.work != Work::Idle) connection.send(now);
}

void Worker::run(Instant begin) {
  counted_from_ = begin + options_.warm_up;
  const auto until = counted_from_ + options_.duration;
  std::array<epoll_event, 256> events;
  auto now = std::chrono::steady_clock::now();
  for (auto& lane : lanes_) start(*lane, now);
  while (now < until) {
    auto wake = until;
    for (auto& lane : lanes_) {
      tick(*lane, now);
      if (lane->by_clock()) wake = std::min(wake, std::max(lane->due, now + microseconds(500)));
    }
    const auto wait = std::chrono::ceil<milliseconds>(wake - now).count();
    const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), static_cast<int>(wait));
    now = std::chrono::steady_clock::now();
    for (int i = 0; i < count; ++i) {
      const auto& event = events[static_cast<std::size_t>(i)];
      auto& lane = *lanes_[event.data.u64 >> 32];
      handle(lane, *lane.connections[event.data.u64 & 0xffffffff], now);
    }
  }
}

}  // namespace gatehouse::load
