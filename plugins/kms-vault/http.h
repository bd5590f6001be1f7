// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "secret_text.h"

#include <gatehouse/sdk/host.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::kms_vault {

struct HttpOptions {
  std::string address;     // "https://vault.example:8200", without a slash at the end
  std::string name_space;  // empty: none
  std::string ca_file;     // empty: the system's authorities
  std::size_t max_connections = 8;
  std::chrono::milliseconds connect_timeout{1000};
  std::chrono::milliseconds timeout{2000};  // of one request as a whole
};

struct HttpRequest {
  std::string_view method;  // GET or POST
  std::string path;         // below /v1/
  std::string_view body;    // JSON; empty with GET
  // A request that must not run twice goes over a connection of its own, so that the library never repeats it.
  bool once = false;
};

// What became of a request.
enum class Outcome {
  Answered,    // `status` and `body` count
  NotReached,  // nothing was sent: no address, no connection
  NotTrusted,  // nothing was sent: TLS failed, most often for the certificate
  NotInTime,   // nothing was sent
  Lost,        // sent, perhaps; no whole answer came: connection lost, or too slow
  Nonsense,    // an answer that is no HTTP or larger than any of Vault's
};

struct HttpAnswer {
  Outcome outcome = Outcome::NotReached;
  bool timed_out = false;  // for Lost and NotInTime: by the clock
  int status = 0;
  WipedText body;
  std::string error;  // in words, where there is no answer
};

// HTTP to one server over a bounded number of kept connections. Each request ends by its timeout, whatever the peer
// does. No proxy, no redirect, no variable of the environment; TLS 1.2 or later, and certificate and host name are
// always verified. Any thread.
class Http {
 public:
  Http(HttpOptions options, sdk::Host host);
  ~Http();
  Http(const Http&) = delete;
  Http& operator=(const Http&) = delete;

  void open();  // throws sdk::StatusError; once, before perform()

  // `token`: may be empty. `deadline_ns`: the caller's, on Host::monotonic_ns(); the option `timeout` shortens it.
  HttpAnswer perform(const HttpRequest& request, std::string_view token, std::int64_t deadline_ns);

  const std::string& address() const noexcept { return options_.address; }
  std::chrono::milliseconds timeout() const noexcept { return options_.timeout; }

 private:
  class Borrowed;
  void* borrow(std::chrono::nanoseconds patience);
  void give_back(void* handle) noexcept;

  // What is left of a request's time.
  std::chrono::nanoseconds patience(std::int64_t deadline_ns) const;

  const HttpOptions options_;
  const sdk::Host host_;
  bool global_ = false;
  std::mutex mutex_;
  std::condition_variable came_back_;
  std::vector<void*> idle_;  // CURL easy handles; guarded by mutex_, as `made_`
  std::size_t made_ = 0;
};

}  // namespace gatehouse::kms_vault
