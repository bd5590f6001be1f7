// SPDX-License-Identifier: Apache-2.0
// One constant answer through the whole pipeline of the front as the server has it: client address, CORS, security
// headers, metrics, and a line of JSON for each request on the standard error output. Argument: the port (0: any).
// Prints the port it is bound to, ends when its standard input does.
#include "base/clock.h"
#include "base/log_json.h"
#include "base/metrics.h"
#include "base/random.h"
#include "front/constant_answer.h"
#include "http/server.h"

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

namespace {

using namespace gatehouse;

std::vector<http::Route> routes() {
  const auto answer = [](const http::Request&) {
    return http::Response::json(200, std::string(bench::constant_answer));
  };
  return {{http::Method::Get, "/constant", http::Access::Anyone, http::RateClass::None, http::Lane::Fast, 0, answer}};
}

}  // namespace

int main(int argc, char** argv) {
  const SystemClock clock;
  SystemRandom random;
  JsonLog log(LogOptions{}, clock);
  log.start();
  MetricRegistry metrics;
  http::FrontConfig config;
  config.trusted_proxies = {"10.0.0.0/8"};
  config.allowed_origins = {"https://www.example.com"};
  config.public_url = "https://auth.example.com";
  config.listen = std::string("127.0.0.1:") + (argc > 1 ? argv[1] : "0");
  if (const char* threads = std::getenv("FRONT_THREADS")) config.threads = static_cast<unsigned>(std::atoi(threads));
  http::Server server(config, routes(), {}, clock, random, log, metrics);
  server.start();
  std::cout << server.port() << std::endl;
  std::cin.ignore(1 << 20, std::char_traits<char>::eof());
  server.stop();
  log.stop();
}
