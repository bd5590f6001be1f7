// SPDX-License-Identifier: Apache-2.0
// store-redis through its C table, as the host calls it.
//
//   store_redis_bench SOCKET SESSIONS THREADS SECONDS
//
// Makes the sessions, ten a user, and prints what Redis takes for each, then how often a second a session is read and
// committed, as a refresh does, and how long revoking all ten sessions of a user takes.
#include "loaded_store.h"
#include "session_data.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse::bench {
namespace {

using Clock = std::chrono::steady_clock;

double used_memory(const std::string& path) {
  const int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  if (connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) std::exit(1);
  const std::string command = "INFO memory\r\n";
  if (send(descriptor, command.data(), command.size(), 0) < 0) std::exit(1);
  std::array<char, 16384> buffer{};
  const ssize_t got = recv(descriptor, buffer.data(), buffer.size() - 1, 0);
  close(descriptor);
  const char* line = got > 0 ? std::strstr(buffer.data(), "used_memory:") : nullptr;
  return line == nullptr ? 0 : std::atof(line + std::strlen("used_memory:"));
}

class Bench {
 public:
  Bench(const std::string& socket, std::uint64_t sessions, unsigned threads)
      : store_(STORE_REDIS_PLUGIN, session_schema(), {{"url", "redis+unix://" + socket}, {"key_prefix", "gh"}}),
        sessions_(sessions),
        users_(std::max<std::uint64_t>(1, sessions / 10)),
        threads_(threads) {}

  void fill() {
    std::atomic<std::uint64_t> next{0};
    on_threads([&](unsigned) {
      SessionData data;
      for (std::uint64_t number = next++; number < sessions_; number = next++) {
        data.set(number, users_, 0);
        commit(data, 0);
      }
    });
  }

  // Pairs a second. Each thread has sessions of its own.
  double pairs(std::chrono::seconds length) {
    std::atomic<std::uint64_t> done{0};
    const auto begin = Clock::now();
    on_threads([&](unsigned thread) {
      SessionData data;
      for (std::uint64_t at = thread; Clock::now() - begin < length; at += threads_) {
        const std::uint64_t number = at % (sessions_ / threads_ * threads_);
        data.set_key(number, users_);
        const std::int64_t version = get(data);
        data.set(number, users_, version);
        commit(data, version);
        ++done;
      }
    });
    return static_cast<double>(done) / std::chrono::duration<double>(Clock::now() - begin).count();
  }

  // Microseconds, the median of many users.
  double revoke_all() {
    std::vector<double> times;
    for (std::uint64_t user = 0; user < std::min<std::uint64_t>(users_, 200); ++user) {
      const auto begin = Clock::now();
      if (list(user) != 10) std::exit(1);
      for (std::uint64_t at = 0; at < 10; ++at) {
        SessionData data;
        data.set_key(user + at * users_, users_);
        const std::int64_t version = get(data);
        data.set(user + at * users_, users_, version);
        commit(data, version);
      }
      times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
    }
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
  }

 private:
  void on_threads(const std::function<void(unsigned)>& work) {
    std::vector<std::thread> threads;
    for (unsigned at = 0; at < threads_; ++at) threads.emplace_back(work, at);
    for (auto& thread : threads) thread.join();
  }
  gh_call call() const { return call_at(session_epoch_us); }

  void commit(const SessionData& data, std::int64_t version) {
    const gh_write write = data.put(version);
    gh_commit_out out{};
    out.struct_size = sizeof(out);
    const gh_call now = call();
    const gh_status status = store_.table().commit(store_.instance(), &now, &write, 1, sizeof(write), &out);
    if (status != GH_OK) {
      std::fprintf(stderr, "commit: status %d\n", status);
      std::exit(1);
    }
  }
  std::int64_t get(const SessionData& data) {
    std::int64_t version = 0;
    const gh_key key = data.key();
    const gh_record_sink sink{&version, [](void* into, const gh_record* record) -> std::int32_t {
                                *static_cast<std::int64_t*>(into) = record->version;
                                return 0;
                              }};
    const gh_call now = call();
    if (store_.table().get(store_.instance(), &now, 0, &key, &sink) != GH_OK) std::exit(1);
    return version;
  }
  std::uint64_t list(std::uint64_t user) {
    SessionData data;
    data.set(user, users_, 0);
    const gh_value value = data.user();
    gh_query query{};
    query.struct_size = sizeof(query);
    query.tenant = data.key().tenant;
    query.equals = &value;
    query.equals_count = 1;
    query.limit = 100;
    gh_find_out out{};
    out.struct_size = sizeof(out);
    const gh_record_sink sink{nullptr, [](void*, const gh_record*) -> std::int32_t { return 0; }};
    const gh_call now = call();
    if (store_.table().find(store_.instance(), &now, &query, &sink, &out) != GH_OK) std::exit(1);
    return out.count;
  }

  LoadedStore store_;
  const std::uint64_t sessions_;
  const std::uint64_t users_;
  const unsigned threads_;
};

}  // namespace
}  // namespace gatehouse::bench

int main(int count, char** arguments) {
  using namespace gatehouse::bench;
  if (count != 5) return 2;
  const std::string socket = arguments[1];
  const auto sessions = std::strtoull(arguments[2], nullptr, 10);
  Bench bench(socket, sessions, static_cast<unsigned>(std::atoi(arguments[3])));
  const double before = used_memory(socket);
  bench.fill();
  const double bytes = (used_memory(socket) - before) / static_cast<double>(sessions);
  const double pairs = bench.pairs(std::chrono::seconds(std::atoi(arguments[4])));
  std::printf("{\"bytes_a_session\":%.0f,\"pairs_per_second\":%.0f,\"revoke_all_us\":%.0f}\n", bytes, pairs,
              bench.revoke_all());
  return 0;
}
