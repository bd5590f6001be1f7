// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "base/metrics.h"
#include "base/random.h"
#include "http/server.h"
#include "support/address.h"
#include "support/http_client.h"
#include "support/raw_socket.h"
#include "unit/http/doubles.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::test {

inline constexpr std::chrono::seconds patience{20};

// A number that can be waited for.
class Tally {
 public:
  void add(int amount = 1);
  int value() const;
  // False: it did not get there within the patience.
  [[nodiscard]] bool reaches(int wanted) const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  int value_ = 0;
};

// Holds whoever comes until it is opened; ends when all have gone through.
class Gate {
 public:
  ~Gate();
  void wait();
  void open();
  Tally& waiting() { return waiting_; }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  std::condition_variable left_;
  bool open_ = false;
  int inside_ = 0;
  Tally waiting_;
};

// A front on a free port of the loopback, with the routes a test gives it. Settings are changed before start().
class FrontUnderTest {
 public:
  FrontUnderTest();
  ~FrontUnderTest();

  http::Route& add(http::Method method, std::string path, http::Handler handler);
  // A route that answers 200 with "<path>:<body>".
  http::Route& add_echo(http::Method method, std::string path, std::size_t body_limit = 0);

  void start();
  Address address() const;
  HttpClient client() const { return HttpClient(address(), {}, patience); }
  // Whether the front still answers a new client.
  bool answers() const;
  std::int64_t gauge(std::string_view name) const;
  // Waits until the gauge has the value.
  [[nodiscard]] bool gauge_reaches(std::string_view name, std::int64_t value) const;
  // Requests counted so far with these labels.
  std::uint64_t counted(std::string_view route, std::string_view method, std::string_view code) const;

  http::FrontConfig config;
  http::Steps steps;
  std::vector<http::Route> routes;
  SystemClock system_clock;
  const Clock* clock = &system_clock;
  SystemRandom system_random;
  Random* random = &system_random;
  KeepingLog log;
  MetricRegistry metrics;
  std::unique_ptr<http::Server> server;
};

std::string get(std::string_view path, std::string_view headers = {});
std::string post(std::string_view path, std::string_view body, std::string_view headers = {});

// The code of a problem answer, or its body when it is none.
std::string code_of(const HttpResponse& response);

}  // namespace gatehouse::test
