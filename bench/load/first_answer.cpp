// SPDX-License-Identifier: Apache-2.0
// From the start of the process to the first answer, and the memory of a server that has nothing to do. Argument: how
// many starts. Every start but the first finds its keys in the state folder, as a restarted server does.
#include "support/http_client.h"
#include "support/server_process.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace gatehouse::test;
using Clock = std::chrono::steady_clock;

// Milliseconds until the answer has come; `begin` was taken before the start.
double answered_after(const ServerProcess& server, Clock::time_point begin) {
  const auto response = HttpClient(server.listen()).get("/.well-known/jwks.json");
  if (response.status != 200) throw std::runtime_error("the first answer is " + std::to_string(response.status));
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const int starts = argc > 1 ? std::atoi(argv[1]) : 5;
    const auto begin = Clock::now();
    ServerProcess server({.quick = false});
    const double first = answered_after(server, begin);
    std::vector<double> again;
    long idle = 0;
    for (int i = 0; i < starts; ++i) {
      server.stop();
      const auto restarted = Clock::now();
      server.restart();
      again.push_back(answered_after(server, restarted));
      idle = server.status_kib("VmRSS");
    }
    std::sort(again.begin(), again.end());
    std::cout << "{\"first_ms\":" << first << ",\"again_ms\":" << again[again.size() / 2] << ",\"idle_kib\":" << idle
              << "}\n";
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "bench_first_answer: " << error.what() << '\n';
    return 1;
  }
}
