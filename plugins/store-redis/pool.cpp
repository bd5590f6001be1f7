// SPDX-License-Identifier: Apache-2.0
#include "pool.h"

#include <chrono>

namespace gatehouse::store_redis {

std::vector<Reply> Pool::Lease::exchange(std::string_view commands, std::size_t count, const Deadline& deadline) {
  try {
    auto replies = connection_->exchange(commands, count, deadline);
    const auto elsewhere = [](const Reply& reply) {
      return reply.is_error() && row_of(reply.text()).remedy == Remedy::Elsewhere;
    };
    if (std::any_of(replies.begin(), replies.end(), elsewhere)) connection_.reset();
    return replies;
  } catch (...) {
    connection_.reset();
    throw;
  }
}

Pool::Lease Pool::take(const Deadline& deadline) {
  auto connection = reserve(deadline);
  if (connection == nullptr) {
    try {
      connection = std::make_unique<Connection>(endpoint_, login_, deadline.within(limits_.connect_us));
    } catch (...) {
      give_back(nullptr);
      throw;
    }
  }
  return {*this, std::move(connection)};
}

std::unique_ptr<Connection> Pool::reserve(const Deadline& deadline) {
  const Deadline until = deadline.within(limits_.wait_us);
  std::unique_lock lock(mutex_);
  while (out_ >= limits_.connections) {
    if (until.passed()) {
      throw NotConnected{deadline.passed() ? GH_TIMEOUT : GH_UNAVAILABLE,
                         "all " + std::to_string(limits_.connections) + " connections to Redis at " + endpoint_.text() +
                             " are busy: is it slow, or is pool_size too small?"};
    }
    returned_.wait_for(lock, std::chrono::milliseconds(until.milliseconds_left()));
  }
  ++out_;
  while (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    // One that Redis has closed meanwhile would turn the next commit into a doubt.
    if (connection->quiet()) return connection;
  }
  return nullptr;
}

void Pool::give_back(std::unique_ptr<Connection> connection) noexcept {
  {
    const std::lock_guard lock(mutex_);
    --out_;
    // Never more than it was made with room for.
    if (connection != nullptr) idle_.push_back(std::move(connection));
  }
  returned_.notify_one();
}

}  // namespace gatehouse::store_redis
