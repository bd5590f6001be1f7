// SPDX-License-Identifier: Apache-2.0
#include "http/poller.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace gatehouse::http {
namespace {

// Neither is the address of a connection.
constexpr std::uint64_t listener_mark = 1;
constexpr std::uint64_t stop_mark = 3;

epoll_event make_event(std::uint32_t events, std::uint64_t mark) noexcept {
  epoll_event event{};
  event.events = events;
  event.data.u64 = mark;
  return event;
}

epoll_event make_event(std::uint32_t events, Connection& connection) noexcept {
  return make_event(events, reinterpret_cast<std::uintptr_t>(&connection));
}

std::uint32_t events_for(Waiting waiting) noexcept { return waiting == Waiting::Write ? EPOLLOUT : EPOLLIN; }

}  // namespace

Poller::Poller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), stop_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  auto event = make_event(EPOLLIN, stop_mark);
  if (epoll_ >= 0 && stop_ >= 0 && ::epoll_ctl(epoll_, EPOLL_CTL_ADD, stop_, &event) == 0) return;
  const int reason = errno;
  if (epoll_ >= 0) ::close(epoll_);
  if (stop_ >= 0) ::close(stop_);
  throw std::system_error(reason, std::generic_category(), "epoll");
}

Poller::~Poller() {
  ::close(epoll_);
  ::close(stop_);
}

Poller::Event Poller::wait() {
  epoll_event event{};
  // One event a call: a second one would wait behind the handler of the first while other threads are free.
  while (::epoll_wait(epoll_, &event, 1, -1) < 1) {
  }
  if (event.data.u64 == listener_mark) return {Event::Kind::Listener, nullptr, Waiting::Nothing};
  if (event.data.u64 == stop_mark) return {Event::Kind::Stop, nullptr, Waiting::Nothing};
  auto* connection = reinterpret_cast<Connection*>(static_cast<std::uintptr_t>(event.data.u64));
  const auto waited_for = connection->waiting.load(std::memory_order_acquire);
  connection->waiting.store(Waiting::Nothing, std::memory_order_relaxed);
  return {Event::Kind::Connection, connection, waited_for};
}

bool Poller::add(Connection& connection, Steady deadline) {
  connection.deadline.store(ticks(deadline), std::memory_order_relaxed);
  connection.waiting.store(Waiting::Request, std::memory_order_release);
  auto event = make_event(EPOLLIN | EPOLLONESHOT, connection);
  return ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event) == 0;
}

void Poller::modify(Connection& connection, Waiting waiting, Steady deadline, std::uint32_t events) {
  const int fd = connection.fd;
  connection.deadline.store(ticks(deadline), std::memory_order_relaxed);
  connection.waiting.store(waiting, std::memory_order_release);
  auto event = make_event(events | EPOLLONESHOT, connection);
  // Not through the C library's epoll_ctl(): ThreadSanitizer takes its use of the descriptor for one that races with
  // the next owner's close(), not knowing that the next owner is woken by this very call.
  ::syscall(SYS_epoll_ctl, epoll_, EPOLL_CTL_MOD, fd, &event);
}

void Poller::arm(Connection& connection, Waiting waiting, Steady deadline) {
  modify(connection, waiting, deadline, events_for(waiting));
}

void Poller::pass_on(Connection& connection, Steady deadline) {
  modify(connection, Waiting::Head, deadline, EPOLLIN | EPOLLOUT);
}

void Poller::add_listener(int fd) {
  auto event = make_event(EPOLLIN | EPOLLONESHOT, listener_mark);
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll");
  }
}

void Poller::arm_listener(int fd) {
  auto event = make_event(EPOLLIN | EPOLLONESHOT, listener_mark);
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event);
}

void Poller::remove_listener(int fd) { ::epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr); }

void Poller::stop() {
  const std::uint64_t one = 1;
  // Cannot fail: the counter is far from its end.
  [[maybe_unused]] const auto written = ::write(stop_, &one, sizeof one);
}

}  // namespace gatehouse::http
