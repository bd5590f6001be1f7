// SPDX-License-Identifier: Apache-2.0
#include "base/log_json.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gatehouse {
namespace {

constexpr std::chrono::milliseconds gather_time{10};
constexpr int poll_ms = 100;
constexpr int polls_when_stopping = 20;

// A pipe or terminal that poll() calls writable takes PIPE_BUF bytes without blocking, and a line of that size whole.
std::size_t chunk_size(int fd) noexcept {
  struct stat status {};
  return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? SIZE_MAX : PIPE_BUF;
}

}  // namespace

struct JsonLog::State {
  State(LogOptions given, const Clock& time)
      : clock(time), options(given), chunk(chunk_size(given.fd)), level(given.level) {}

  const Clock& clock;
  const LogOptions options;
  const std::size_t chunk;
  std::atomic<LogLevel> level;
  std::atomic<std::uint64_t> dropped{0};
  std::atomic<bool> stopping{false};
  std::uint64_t dropped_told = 0;  // writer thread only

  std::mutex mutex;
  std::condition_variable wake;
  std::condition_variable written;
  // Guarded by mutex from here on.
  std::string pending;
  bool running = false;
  bool idle = false;          // the writer waits for the first line of a batch
  bool urgent = false;        // an error, a flush, a buffer half full: do not gather
  std::uint64_t pushed = 0;   // bytes
  std::uint64_t handled = 0;  // bytes written or given up

  std::thread writer;

  // False: the reader is gone, or was stuck for too long while stopping.
  bool wait_writable() const {
    for (int polls = 0;; ++polls) {
      if (stopping.load(std::memory_order_relaxed) && polls >= polls_when_stopping) return false;
      pollfd target{options.fd, POLLOUT, 0};
      const int ready = poll(&target, 1, poll_ms);
      if (ready > 0) return (target.revents & POLLOUT) != 0;
      if (ready < 0 && errno != EINTR) return false;
    }
  }

  void write_out(std::string_view text) const {
    while (!text.empty()) {
      if (!wait_writable()) return;
      const auto sent = ::write(options.fd, text.data(), std::min(text.size(), chunk));
      if (sent < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (sent <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  void tell_dropped(std::string& batch) {
    const auto total = dropped.load(std::memory_order_relaxed);
    if (total == dropped_told) return;
    append_log_line(batch, options.style, clock.now(), LogLevel::Warn, "log lines dropped",
                    {{"count", static_cast<std::int64_t>(total - dropped_told)}});
    dropped_told = total;
  }

  // Waits for a batch; false: there is nothing left and the log is stopping.
  bool next_batch(std::unique_lock<std::mutex>& lock) {
    const auto stop_now = [&] { return stopping.load(std::memory_order_relaxed); };
    idle = true;
    wake.wait(lock, [&] { return !pending.empty() || stop_now(); });
    idle = false;
    if (!urgent) wake.wait_for(lock, gather_time, [&] { return urgent || stop_now(); });
    return !pending.empty();
  }

  void run() {
    std::string batch;
    std::unique_lock lock(mutex);
    while (next_batch(lock)) {
      batch.clear();
      batch.swap(pending);
      urgent = false;
      const auto taken = batch.size();
      lock.unlock();
      tell_dropped(batch);
      write_out(batch);
      lock.lock();
      handled += taken;
      written.notify_all();
    }
  }

  void push(LogLevel line_level, const std::string& line) {
    std::unique_lock lock(mutex);
    if (!running) return write_out(line);
    if (pending.size() + line.size() > options.max_pending_bytes) {
      dropped.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    pending += line;
    pushed += line.size();
    const bool hurry = line_level == LogLevel::Error || pending.size() > options.max_pending_bytes / 2;
    // One wake-up a batch: the writer that was woken gathers for a while, and needs no more unless it must hurry.
    const bool notify = std::exchange(idle, false) || (hurry && !urgent);
    urgent = urgent || hurry;
    lock.unlock();
    if (notify) wake.notify_one();
  }
};

JsonLog::JsonLog(LogOptions options, const Clock& clock) : state_(std::make_unique<State>(options, clock)) {}

JsonLog::~JsonLog() { stop(); }

bool JsonLog::enabled(LogLevel level) const noexcept { return level >= state_->level.load(std::memory_order_relaxed); }

void JsonLog::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) noexcept {
  if (!enabled(level)) return;
  try {
    std::string line;
    line.reserve(512);
    append_log_line(line, state_->options.style, state_->clock.now(), level, event, fields);
    state_->push(level, line);
  } catch (...) {
    // Out of memory: the line is lost, the request is not.
    state_->dropped.fetch_add(1, std::memory_order_relaxed);
  }
}

void JsonLog::start() {
  const std::lock_guard lock(state_->mutex);
  if (state_->running) return;
  state_->stopping = false;
  // The writer must not be the thread that signals interrupt; a reader that went away is EPIPE, not SIGPIPE.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    state_->writer = std::thread([state = state_.get()] { state->run(); });
  } catch (...) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  state_->running = true;
}

void JsonLog::stop() {
  {
    const std::lock_guard lock(state_->mutex);
    if (!state_->running) return;
    // Lines that come from here on wait for the mutex or are written by their callers.
    state_->running = false;
    state_->stopping = true;
  }
  state_->wake.notify_one();
  state_->writer.join();
}

void JsonLog::flush() {
  std::unique_lock lock(state_->mutex);
  if (!state_->running) return;
  const auto target = state_->pushed;
  state_->urgent = true;
  state_->wake.notify_one();
  state_->written.wait(lock, [&] { return state_->handled >= target; });
}

void JsonLog::set_level(LogLevel level) noexcept { state_->level.store(level, std::memory_order_relaxed); }

std::uint64_t JsonLog::dropped() const noexcept { return state_->dropped.load(std::memory_order_relaxed); }

}  // namespace gatehouse
