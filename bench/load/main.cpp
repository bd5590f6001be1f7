// SPDX-License-Identifier: Apache-2.0
#include "load/options.h"
#include "load/script.h"
#include "load/worker.h"

#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace gatehouse::load;

// Memory of the server while all connections are still open.
long resident_kib(int process) {
  std::ifstream status("/proc/" + std::to_string(process) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
  }
  return -1;
}

void raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::vector<std::unique_ptr<Worker>> make_workers(const Options& options) {
  using Scripts = std::vector<std::vector<std::unique_ptr<Script>>>;
  std::vector<Scripts> shares(options.threads);
  for (auto& share : shares) share.resize(options.groups.size());
  for (std::size_t g = 0; g < options.groups.size(); ++g) {
    auto scripts = make_scripts(options.groups[g], options);
    for (std::size_t i = 0; i < scripts.size(); ++i) shares[i % shares.size()][g].push_back(std::move(scripts[i]));
  }
  std::vector<std::unique_ptr<Worker>> workers;
  for (auto& share : shares) workers.push_back(std::make_unique<Worker>(options, std::move(share)));
  return workers;
}

void run_all(std::vector<std::unique_ptr<Worker>>& workers) {
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::thread> threads;
  for (auto& worker : workers) threads.emplace_back([&worker, begin] { worker->run(begin); });
  for (auto& thread : threads) thread.join();
}

std::string group_json(const Group& group, const Tally& tally, double seconds) {
  const auto number = [](auto value) { return std::to_string(value); };
  char rate[32];
  std::snprintf(rate, sizeof rate, "%.1f", static_cast<double>(tally.latency.total()) / seconds);
  std::string statuses;
  for (const auto& [status, count] : tally.statuses) {
    if (!statuses.empty()) statuses += ',';
    statuses.append("\"").append(number(status)).append("\":").append(number(count));
  }
  std::string json = "{\"name\":\"";
  json.append(group.name).append("\",\"connections\":").append(number(group.connections));
  json.append(",\"requests\":").append(number(tally.latency.total())).append(",\"per_second\":").append(rate);
  json.append(",\"p50_us\":").append(number(tally.latency.quantile(0.5)));
  json.append(",\"p99_us\":").append(number(tally.latency.quantile(0.99)));
  json.append(",\"max_us\":").append(number(tally.latency.max()));
  json.append(",\"errors\":").append(number(tally.errors)).append(",\"statuses\":{").append(statuses);
  return json.append("}}");
}

// A slow client that is cut off is the server's good right.
bool matters(const Group& group) { return group.work != Work::SlowHead && group.work != Work::SlowBody; }

int run(const Options& options) {
  raise_descriptor_limit();
  auto workers = make_workers(options);
  run_all(workers);
  const double seconds = std::chrono::duration<double>(options.duration).count();
  std::string line = "{\"groups\":[";
  std::uint64_t errors = 0;
  for (std::size_t g = 0; g < options.groups.size(); ++g) {
    Tally tally;
    for (const auto& worker : workers) tally.add(worker->tallies()[g]);
    if (matters(options.groups[g])) errors += tally.errors;
    if (g > 0) line += ',';
    line += group_json(options.groups[g], tally, seconds);
  }
  line += "],\"errors\":" + std::to_string(errors);
  if (options.watched_process) line += ",\"rss_kib\":" + std::to_string(resident_kib(*options.watched_process));
  std::cout << line << "}\n";
  return errors == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(parse_options({argv + 1, argv + argc}));
  } catch (const std::invalid_argument& error) {
    std::cerr << "gatehouse-load: " << error.what() << "\n" << usage();
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "gatehouse-load: " << error.what() << '\n';
    return 1;
  }
}
