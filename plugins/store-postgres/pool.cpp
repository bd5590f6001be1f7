// SPDX-License-Identifier: Apache-2.0
#include "pool.h"

#include "database_error.h"
#include "text_forms.h"

#include <gatehouse/sdk/thread.hpp>

#include <algorithm>
#include <utility>

namespace gatehouse::store_postgres {
namespace {

using std::chrono::nanoseconds;

constexpr std::chrono::milliseconds pause_after_failure{250};
// No statement waits longer than this, whatever deadline a call has.
constexpr nanoseconds longest_call = std::chrono::hours(1);

std::string setup_of(const Settings& settings) {
  return "SET ROLE " + identifier(settings.role) + "; SET search_path TO " + identifier(settings.schema) +
         "; SET TimeZone TO 'UTC'; SET DateStyle TO 'ISO, YMD'; SET bytea_output TO 'hex';"
         " SET client_encoding TO 'UTF8'; SET default_transaction_isolation TO 'read committed';"
         // Everything is found by an index, also in a table that was empty when the statement was planned.
         " SET enable_seqscan TO off; SET enable_hashjoin TO off; SET enable_mergejoin TO off; SET jit TO off;"
         // For a statement about few keys the server would rather plan anew each time, which takes longer than to run
         // it.
         " SET plan_cache_mode TO force_generic_plan;"
         " SET idle_in_transaction_session_timeout TO '60s'";
}

}  // namespace

Pool::Lease::Lease(Pool& pool, std::unique_ptr<Connection> connection) noexcept
    : pool_(&pool), connection_(std::move(connection)) {}

Pool::Lease::~Lease() {
  if (connection_) pool_->give_back(std::move(connection_));
}

void Pool::Lease::apply(Remedy remedy) noexcept {
  if (remedy == Remedy::ReconnectAll) pool_->forget_idle();
  if (remedy != Remedy::Reconnect && remedy != Remedy::ReconnectAll) return;
  if (!connection_) return;
  connection_.reset();
  pool_->forget_one();
}

Pool::Pool(const sdk::Host& host, const Settings& settings)
    : host_(host), settings_(settings), setup_(setup_of(settings)), watchdog_(host) {
  idle_.reserve(settings.max_connections);
}

Pool::~Pool() { stop(); }

void Pool::start() {
  watchdog_.start();
  opener_ = sdk::start_thread([this] { open_connections(); });
}

void Pool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wanted_.notify_all();
  changed_.notify_all();
  if (opener_.joinable()) opener_.join();
  forget_idle();
  watchdog_.stop();
}

Pool::Lease Pool::take(std::int64_t deadline_ns, std::string_view tenant) {
  for (;;) {
    const std::int64_t now = host_.monotonic_ns();
    const std::int64_t deadline = std::min(deadline_ns, now + longest_call.count());
    if (deadline <= now) throw sdk::StatusError(GH_TIMEOUT, "the call had no time left");
    Lease lease(*this, wait_for_one(deadline, tenant));
    try {
      lease->prepare_for(tenant, deadline, host_.monotonic_ns());
      return lease;
    } catch (const DatabaseError& error) {
      lease.apply(Remedy::Reconnect);
      // The server still counts by what the call before had left when it is told what this one has.
      if (error.sqlstate() == "57014") continue;
      lease.apply(judge(error, Step::Read).remedy);
      throw;
    }
  }
}

std::unique_ptr<Connection> Pool::wait_for_one(std::int64_t deadline_ns, std::string_view tenant) {
  std::unique_lock lock(mutex_);
  const std::int64_t patience_ns = host_.monotonic_ns() + nanoseconds(settings_.pool_wait).count();
  const std::int64_t until_ns = std::min(patience_ns, deadline_ns);
  for (;;) {
    if (auto connection = idle_one(tenant)) return connection;
    if (stopping_) throw sdk::StatusError(GH_UNAVAILABLE, "the plugin is stopping");
    if (down_ && refused_) throw sdk::StatusError(GH_DENIED, "PostgreSQL refuses the connection: " + reason_);
    if (down_) throw sdk::StatusError(GH_UNAVAILABLE, "no connection to PostgreSQL: " + reason_);
    const std::int64_t left_ns = until_ns - host_.monotonic_ns();
    if (left_ns <= 0) {
      const bool full = open_ >= settings_.max_connections;
      std::string why =
          full ? "all " + std::to_string(open_) + " connections were busy for the whole wait; raise max_connections"
               : "no connection came up in time";
      if (!full && !reason_.empty()) why += ": " + reason_;
      throw sdk::StatusError(deadline_ns <= patience_ns ? GH_TIMEOUT : GH_UNAVAILABLE, why);
    }
    ++waiting_;
    wanted_.notify_one();
    changed_.wait_for(lock, nanoseconds(left_ns));
    --waiting_;
  }
}

std::unique_ptr<Connection> Pool::idle_one(std::string_view tenant) {
  while (!idle_.empty()) {
    auto at = std::find_if(idle_.rbegin(), idle_.rend(), [&](const auto& each) { return each->tenant() == tenant; });
    if (at == idle_.rend()) at = idle_.rbegin();
    auto connection = std::move(*at);
    idle_.erase(std::next(at).base());
    if (connection->alive()) return connection;
    --open_;
  }
  return nullptr;
}

void Pool::give_back(std::unique_ptr<Connection> connection) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) {
      idle_.push_back(std::move(connection));
    } else {
      --open_;
    }
  }
  changed_.notify_one();
}

void Pool::forget_one() noexcept {
  {
    const std::lock_guard lock(mutex_);
    --open_;
  }
  wanted_.notify_one();
}

void Pool::forget_idle() noexcept {
  std::vector<std::unique_ptr<Connection>> gone;
  const std::lock_guard lock(mutex_);
  gone.swap(idle_);
  open_ -= static_cast<std::uint32_t>(gone.size());
}

void Pool::open_connections() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const bool needed = open_ < settings_.max_connections && (waiting_ > 0 || down_);
    if (!needed) {
      wanted_.wait(lock);
      continue;
    }
    ++open_;
    lock.unlock();
    open_one();
    lock.lock();
    if (!reason_.empty()) {
      wanted_.wait_for(lock, pause_after_failure, [&] { return stopping_; });
    }
  }
}

// On the opener's thread; the place in open_ is taken.
void Pool::open_one() {
  std::unique_ptr<Connection> connection;
  std::string reason;
  bool refused = false;
  try {
    connection = std::make_unique<Connection>(settings_.connection, setup_, watchdog_);
  } catch (const DatabaseError& error) {
    reason = first_line(error.what());
    refused = !error.sqlstate().empty();
    if (error.sqlstate() == "22023" || error.sqlstate() == "42704") {
      reason += "; run `gatehouse migrate up`, which makes the role " + settings_.role;
    } else if (error.sqlstate() == "42501") {
      reason += "; GRANT " + settings_.role + " TO the login of the setting url, as the login of migrate_url";
    }
  } catch (const std::exception& error) {
    reason = error.what();
  }
  {
    const std::lock_guard lock(mutex_);
    const bool was_down = std::exchange(down_, !connection && open_ == 1);
    if (was_down != down_) {
      if (down_) {
        host_.error((refused ? "PostgreSQL refuses the connection: " : "PostgreSQL cannot be reached: ") + reason);
      } else {
        host_.info("PostgreSQL is reached again");
      }
    }
    reason_ = std::move(reason);
    refused_ = refused;
    if (connection && !stopping_) {
      idle_.push_back(std::move(connection));
    } else {
      --open_;
    }
  }
  // A failure is for all who wait, a connection for one of them.
  changed_.notify_all();
}

}  // namespace gatehouse::store_postgres
