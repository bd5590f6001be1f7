// SPDX-License-Identifier: Apache-2.0
#include "http/server.h"

#include "http/acceptor.h"
#include "http/crew.h"
#include "http/dialogue.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace gatehouse::http {
namespace {

unsigned thread_count(unsigned configured) {
  return configured > 0 ? configured : std::max(4U, 2 * std::thread::hardware_concurrency());
}

}  // namespace

struct Server::State {
  FrontConfig config;
  const Clock& clock;
  Random& random;
  Log& log;
  // Shared with requests in the hash lane, which can outlast the server when they outlast its grace.
  std::shared_ptr<Dialogue> dialogue;
  std::optional<Acceptor> acceptor;
  std::optional<Crew> crew;
  std::mutex stop_mutex;
  bool started = false;
  bool stopped = false;  // guarded by stop_mutex

  void serve(Crew::Member& member);
};

Server::Server(FrontConfig config, std::vector<Route> routes, Steps steps, const Clock& clock, Random& random, Log& log,
               MetricRegistry& metrics) {
  auto dialogue = std::make_shared<Dialogue>(config, std::move(routes), std::move(steps), clock, log, metrics);
  state_.reset(new State{std::move(config), clock, random, log, std::move(dialogue), {}, {}, {}, false, false});
}

Server::~Server() { stop(); }

void Server::start() {
  auto& state = *state_;
  state.acceptor.emplace(state.config.listen, *state.dialogue, state.log);
  state.started = true;
  state.dialogue->start([&state] { state.acceptor->tick(); });
  const auto free = thread_count(state.config.threads);
  state.crew.emplace(Crew::Size{free, std::max(free, state.config.most_threads), state.config.most_stuck}, state.clock,
                     [&state](Crew::Member& member) { state.serve(member); });
  state.crew->start();
  state.acceptor->open();
}

void Server::State::serve(Crew::Member& member) {
  Scratch scratch(random, &member);
  auto& poller = dialogue->poller();
  do {
    const auto event = poller.wait();
    member.begin();
    switch (event.kind) {
      case Poller::Event::Kind::Stop: return;
      case Poller::Event::Kind::Listener: acceptor->accept(scratch); break;
      case Poller::Event::Kind::Connection: dialogue->resume(*event.connection, event.waited_for, scratch); break;
    }
  } while (member.end());
}

std::uint16_t Server::port() const noexcept { return state_->acceptor ? state_->acceptor->port() : std::uint16_t{0}; }

void Server::stop() {
  auto& state = *state_;
  const std::lock_guard lock(state.stop_mutex);
  if (!state.started || std::exchange(state.stopped, true)) return;
  std::this_thread::sleep_for(state.config.limits.drain_delay);
  state.dialogue->begin_drain();  // nobody is refused a connection while another's answer still promises to keep his
  state.acceptor->close();
  state.dialogue->drain(state.config.limits.shutdown_grace);
  state.dialogue->poller().stop();
  state.crew->join();
  state.dialogue->close_all();
}

}  // namespace gatehouse::http
