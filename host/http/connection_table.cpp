// SPDX-License-Identifier: Apache-2.0
#include "http/connection_table.h"

#include "base/metrics.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

namespace gatehouse::http {
namespace {

// One sweep over the table serves that many evictions.
constexpr std::size_t victims_a_sweep = 64;
constexpr unsigned v6_site_bits = 64;

}  // namespace

ConnectionTable::ConnectionTable(std::size_t max_connections, std::size_t max_per_address, MetricRegistry& metrics)
    : max_connections_(max_connections),
      max_per_address_(max_per_address),
      gauge_(metrics.gauge("gatehouse_http_connections", "Connections open.")) {}

ConnectionTable::~ConnectionTable() {
  for (auto& row : rows_) {
    if (row.fd >= 0) ::close(row.fd);
  }
  gauge_.add(-static_cast<std::int64_t>(open_));
}

IpAddress ConnectionTable::counted_as(const IpAddress& peer) const noexcept {
  return peer.is_v4() ? peer : peer.network(v6_site_bits);
}

Connection* ConnectionTable::open(int fd, const IpAddress& peer, AddressCap cap) {
  const std::lock_guard lock(mutex_);
  const bool counts = max_per_address_ > 0 && cap == AddressCap::Counts;
  if (counts) {
    const auto held = by_address_.find(counted_as(peer));
    if (held != by_address_.end() && held->second >= max_per_address_) return nullptr;
  }
  if (open_ - leaving_ >= max_connections_ && !evict_locked()) return nullptr;
  if (free_.empty()) free_.push_back(&rows_.emplace_back());
  auto& row = *free_.back();
  if (max_per_address_ > 0) ++by_address_[counted_as(peer)];
  free_.pop_back();
  row.fd = fd;
  row.peer = peer;
  row.peer_text = peer.text();
  row.lingered = 0;
  row.leaving = false;
  row.expired.store(false, std::memory_order_relaxed);
  ++open_;
  gauge_.add(1);
  return &row;
}

void ConnectionTable::close(Connection& connection) {
  connection.exchange.reset();
  const std::lock_guard lock(mutex_);
  ::close(connection.fd);
  connection.fd = -1;
  connection.waiting.store(Waiting::Nothing, std::memory_order_relaxed);
  if (connection.leaving) --leaving_;
  if (max_per_address_ > 0) {
    const auto held = by_address_.find(counted_as(connection.peer));
    if (held != by_address_.end() && --held->second == 0) by_address_.erase(held);
  }
  free_.push_back(&connection);
  --open_;
  gauge_.add(-1);
  if (open_ == 0) emptied_.notify_all();
}

void ConnectionTable::end_wait(Connection& connection) noexcept {
  connection.expired.store(true, std::memory_order_release);
  // A client that has not sent its request may still read why it is refused; one that does not read gets nothing more.
  const auto waiting = connection.waiting.load(std::memory_order_relaxed);
  const bool gone = waiting == Waiting::Write || waiting == Waiting::Linger;
  ::shutdown(connection.fd, gone ? SHUT_RDWR : SHUT_RD);
}

void ConnectionTable::expire(Steady now) {
  const auto limit = ticks(now);
  const std::lock_guard lock(mutex_);
  for (auto& row : rows_) {
    if (row.fd < 0 || row.waiting.load(std::memory_order_acquire) == Waiting::Nothing) continue;
    if (row.deadline.load(std::memory_order_relaxed) > limit || row.expired.load(std::memory_order_relaxed)) continue;
    end_wait(row);
  }
}

void ConnectionTable::expire_idle(Heads heads) {
  const std::lock_guard lock(mutex_);
  for (auto& row : rows_) {
    if (row.fd < 0) continue;
    const auto waiting = row.waiting.load(std::memory_order_acquire);
    if (waiting == Waiting::Request || (waiting == Waiting::Head && heads == Heads::End)) end_wait(row);
  }
}

bool ConnectionTable::evict_one() {
  const std::lock_guard lock(mutex_);
  return evict_locked();
}

bool ConnectionTable::evict_locked() {
  if (victims_.empty()) collect_victims();
  while (!victims_.empty()) {
    const auto victim = victims_.back();
    victims_.pop_back();
    auto& row = *victim.connection;
    const auto waiting = row.waiting.load(std::memory_order_acquire);
    const bool unchanged = row.fd >= 0 && !row.leaving && (waiting == Waiting::Request || waiting == Waiting::Head) &&
                           row.deadline.load(std::memory_order_relaxed) == victim.deadline;
    if (!unchanged) continue;
    row.leaving = true;
    ++leaving_;
    end_wait(row);
    return true;
  }
  return false;
}

void ConnectionTable::collect_victims() {
  std::vector<Victim> idle;
  std::vector<Victim> slow;
  for (auto& row : rows_) {
    if (row.fd < 0 || row.leaving || row.expired.load(std::memory_order_relaxed)) continue;
    const auto waiting = row.waiting.load(std::memory_order_acquire);
    const Victim victim{&row, row.deadline.load(std::memory_order_relaxed)};
    if (waiting == Waiting::Request) idle.push_back(victim);
    if (waiting == Waiting::Head) slow.push_back(victim);
  }
  victims_ = std::move(idle.empty() ? slow : idle);
  // All of a kind have the same patience, so the earliest deadline is the longest wait.
  const auto later = [](const Victim& a, const Victim& b) { return a.deadline > b.deadline; };
  std::sort(victims_.begin(), victims_.end(), later);
  if (victims_.size() > victims_a_sweep) {
    victims_.erase(victims_.begin(), victims_.end() - static_cast<std::ptrdiff_t>(victims_a_sweep));
  }
}

std::size_t ConnectionTable::size() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

bool ConnectionTable::wait_until_empty(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return emptied_.wait_for(lock, patience, [&] { return open_ == 0; });
}

void ConnectionTable::close_unowned() {
  std::vector<Connection*> unowned;
  {
    const std::lock_guard lock(mutex_);
    for (auto& row : rows_) {
      if (row.fd >= 0 && row.waiting.load(std::memory_order_acquire) != Waiting::Nothing) unowned.push_back(&row);
    }
  }
  for (auto* row : unowned) close(*row);
}

}  // namespace gatehouse::http
