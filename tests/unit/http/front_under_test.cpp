// SPDX-License-Identifier: Apache-2.0
#include "unit/http/front_under_test.h"

#include "support/json.h"

#include <poll.h>

#include <exception>
#include <thread>

namespace gatehouse::test {

using namespace http;

void Tally::add(int amount) {
  const std::lock_guard lock(mutex_);
  value_ += amount;
  changed_.notify_all();
}

int Tally::value() const {
  const std::lock_guard lock(mutex_);
  return value_;
}

bool Tally::reaches(int wanted) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [&] { return value_ >= wanted; });
}

Gate::~Gate() {
  open();
  std::unique_lock lock(mutex_);
  left_.wait(lock, [&] { return inside_ == 0; });
}

void Gate::wait() {
  std::unique_lock lock(mutex_);
  ++inside_;
  waiting_.add();
  opened_.wait(lock, [&] { return open_; });
  if (--inside_ == 0) left_.notify_all();
}

void Gate::open() {
  const std::lock_guard lock(mutex_);
  open_ = true;
  opened_.notify_all();
}

FrontUnderTest::FrontUnderTest() {
  config.listen = "127.0.0.1:0";
  config.threads = 4;
  config.public_url = "https://auth.example.com";
}

FrontUnderTest::~FrontUnderTest() {
  if (server) server->stop();
}

Route& FrontUnderTest::add(Method method, std::string path, Handler handler) {
  routes.push_back({method, std::move(path), Access::Anyone, RateClass::None, Lane::Fast, 0, std::move(handler)});
  return routes.back();
}

Route& FrontUnderTest::add_echo(Method method, std::string path, std::size_t body_limit) {
  auto& route = add(method, path, [path](const Request& request) {
    return Response::json(200, "\"" + path + ":" + request.body + "\"");
  });
  route.body_limit = body_limit;
  return route;
}

void FrontUnderTest::start() {
  server = std::make_unique<Server>(config, routes, steps, *clock, *random, log, metrics);
  server->start();
}

Address FrontUnderTest::address() const { return {"127.0.0.1", server->port()}; }

bool FrontUnderTest::answers() const {
  try {
    return client().get("/nothing/here").status == 404;
  } catch (const std::exception&) {
    return false;
  }
}

std::int64_t FrontUnderTest::gauge(std::string_view name) const {
  for (const auto& family : metrics.families()) {
    if (family.name == name) return family.samples.front().gauge->value();
  }
  return -1;
}

bool FrontUnderTest::gauge_reaches(std::string_view name, std::int64_t value) const {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (gauge(name) != value) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::yield();
  }
  return true;
}

std::uint64_t FrontUnderTest::counted(std::string_view route, std::string_view method, std::string_view code) const {
  const Labels labels = {{"route", std::string(route)}, {"method", std::string(method)}, {"code", std::string(code)}};
  for (const auto& family : metrics.families()) {
    if (family.name != "gatehouse_http_requests_total") continue;
    for (const auto& sample : family.samples) {
      if (sample.labels == labels) return sample.counter->value();
    }
  }
  return 0;
}

std::string get(std::string_view path, std::string_view headers) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n";
}

std::string post(std::string_view path, std::string_view body, std::string_view headers) {
  return "POST " + std::string(path) + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

std::string code_of(const HttpResponse& response) {
  if (response.header("Content-Type") != "application/problem+json") return response.body;
  return Json::parse(response.body)["code"].text();
}

}  // namespace gatehouse::test
