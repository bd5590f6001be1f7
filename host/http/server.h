// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "http/request.h"
#include "http/response.h"
#include "http/route.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse {
class Log;
class MetricRegistry;
class Random;
}  // namespace gatehouse

namespace gatehouse::http {

// A piece of work for the hash lane; it gets the worker's arena.
using HashJob = std::function<void(crypto::HashArena&)>;
// Queues a job. Empty: taken. A duration: refused, the queue is full or too slow; the client may retry after that.
using HashLane = std::function<std::optional<std::chrono::milliseconds>(HashJob)>;

// Steps the front is given by the composition root. Each may be called from any front thread (or hash worker).
struct Steps {
  // Checks the Authorization header's token. `allow_expired` for Access::ExpiredUser.
  std::function<std::optional<Error>(Request&, std::string_view bearer, bool allow_expired)> authenticate;
  // Takes one from the route's rate limit. An error (RateLimited, ProviderUnavailable) ends the request.
  std::function<std::optional<Error>(const Request&, RateClass)> admit;
  HashLane hash_lane;
};

struct Limits {
  std::size_t max_connections = 12000;
  std::size_t max_connections_per_address = 0;  // 0: no cap of its own; loopback is never capped by address
  std::size_t max_head_bytes = 16 * 1024;
  std::size_t max_target_bytes = 4 * 1024;
  std::size_t max_headers = 100;
  std::chrono::milliseconds head_deadline{10'000};     // from the first byte of a head to its last
  std::chrono::milliseconds body_deadline{30'000};     // for the whole body
  std::chrono::milliseconds handler_deadline{10'000};  // becomes Request::deadline
  std::chrono::milliseconds write_deadline{30'000};    // for the whole answer
  std::chrono::milliseconds idle_deadline{75'000};     // keep-alive connection without a request
  std::chrono::milliseconds drain_delay{0};            // SIGTERM: go on accepting while readiness says no
  std::chrono::milliseconds shutdown_grace{20'000};    // SIGTERM: finish what is in flight
};

struct FrontConfig {
  std::string listen = "127.0.0.1:8080";  // host:port; port 0 picks a free one; "[::1]:8080"
  std::vector<std::string> base_paths = {"/auth", "/api/auth"};
  std::vector<std::string> trusted_proxies;  // CIDR
  std::vector<std::string> allowed_origins;  // exact origins for CORS
  std::string public_url;                    // for `type` of problems; empty: relative references
  unsigned threads = 0;                      // free to work; 0: two a core, at least 4
  unsigned most_threads = 0;                 // with those that wait inside a plugin; at least `threads`
  unsigned most_stuck = 0;                   // beyond them: for threads that do not come back, at most
  bool hsts = false;
  Limits limits;
};

// The HTTP/1.1 front: leader/followers on one epoll set (design section 6). Thread-safe where not said otherwise.
class Server {
 public:
  // Binds nothing yet. References outlive the server.
  Server(FrontConfig config, std::vector<Route> routes, Steps steps, const Clock& clock, Random& random, Log& log,
         MetricRegistry& metrics);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds, listens and starts the threads; throws std::runtime_error naming the address and the system's reason.
  void start();
  std::uint16_t port() const noexcept;
  // Stop accepting, finish what is in flight (at most limits.shutdown_grace), close everything, join the threads.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gatehouse::http
