// SPDX-License-Identifier: Apache-2.0
#include "support/journal_load.h"

#include "support/http_client.h"
#include "support/journal_client.h"

#include <poll.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

namespace gatehouse::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::chrono::seconds run_patience{60};
constexpr milliseconds readiness_interval{40};
constexpr long spare_threads = 8;
constexpr long spare_files = 16;

// A sanitizer holds back what was freed.
#ifdef GATEHOUSE_SANITIZED
constexpr bool memory_is_telling = false;
#else
constexpr bool memory_is_telling = true;
#endif

}  // namespace

AddressBook::AddressBook(const std::vector<ServerProcess*>& servers) : size_(servers.size()) {
  for (const auto* server : servers) entries_.push_back({server->listen(), server->management()});
}

void AddressBook::moved(std::size_t at, const ServerProcess& server) {
  const std::lock_guard lock(mutex_);
  entries_[at] = {server.listen(), server.management()};
}

AddressBook::Entry AddressBook::at(std::size_t at) const {
  const std::lock_guard lock(mutex_);
  return entries_[at];
}

void LoadProgress::step(std::size_t client) {
  const std::lock_guard lock(mutex_);
  ++done_[client];
  changed_.notify_all();
}

void LoadProgress::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

bool LoadProgress::stopped() const {
  const std::lock_guard lock(mutex_);
  return stopped_;
}

void LoadProgress::pause(milliseconds time) const {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, time, [this] { return stopped_; });
}

bool LoadProgress::wait_for(std::size_t more, milliseconds patience) const {
  std::unique_lock lock(mutex_);
  auto wanted = done_;
  for (auto& count : wanted) count += more;
  return changed_.wait_for(lock, patience, [&] {
    for (std::size_t at = 0; at < wanted.size(); ++at) {
      if (done_[at] < wanted[at]) return false;
    }
    return true;
  });
}

Load::Load(const std::vector<ServerProcess*>& servers, const std::string& name, std::size_t clients,
           std::vector<Fault> former)
    : book_(servers), progress_(clients), faults_(std::move(former)) {
  for (std::size_t at = 0; at < clients; ++at) {
    clients_.push_back(std::make_unique<JournalClient>(book_, progress_, name, at));
    clients_.back()->sign_up();
  }
  for (auto& client : clients_) threads_.emplace_back([&client] { client->run(); });
  threads_.emplace_back([this] { watch(); });
}

Load::~Load() {
  progress_.stop();
  for (auto& thread : threads_) thread.join();
}

void Load::run(std::size_t answers) {
  if (!progress_.wait_for(answers, run_patience)) throw std::runtime_error("the load does not go on");
}

void Load::fault(Fault::Readiness readiness, const std::function<void()>& work) {
  Fault fault{steady_clock::now(), {}, readiness};
  work();
  fault.ended = steady_clock::now();
  faults_.push_back(fault);
}

void Load::wait_until_unready() {
  std::unique_lock lock(mutex_);
  const auto from = steady_clock::now();
  const auto fell = [&] {
    return std::any_of(readiness_.rbegin(), readiness_.rend(),
                       [&](const ReadinessSample& sample) { return sample.ended >= from && sample.status == 503; });
  };
  if (!unready_.wait_for(lock, std::chrono::seconds(10), fell)) throw std::runtime_error("/readyz does not fall");
}

void Load::watch() {
  while (!progress_.stopped()) {
    for (std::size_t at = 0; at < book_.size(); ++at) {
      ReadinessSample sample{steady_clock::now(), {}, 0};
      try {
        sample.status = HttpClient(book_.at(at).management).get("/readyz").status;
      } catch (const std::runtime_error&) {
        sample.status = 0;
      }
      sample.ended = steady_clock::now();
      const std::lock_guard lock(mutex_);
      readiness_.push_back(sample);
      unready_.notify_all();
    }
    progress_.pause(readiness_interval);
  }
}

History Load::finish() {
  progress_.stop();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
  History history{{}, faults_, readiness_};
  for (auto& client : clients_) {
    client->last_look();
    history.acts.insert(history.acts.end(), client->acts().begin(), client->acts().end());
  }
  clients_.clear();
  return history;
}

Footprint footprint(const ServerProcess& server) {
  return {server.status_kib("VmRSS"), server.status_kib("Threads"), static_cast<long>(server.open_files())};
}

std::string growth(const ServerProcess& server, const Footprint& before, milliseconds patience) {
  const auto until = steady_clock::now() + patience;
  while (true) {
    const auto now = footprint(server);
    const bool small = !memory_is_telling || now.kib <= before.kib + before.kib / 20 + 16 * 1024;
    if (small && now.threads <= before.threads + spare_threads && now.files <= before.files + spare_files) return {};
    if (steady_clock::now() < until) {
      ::poll(nullptr, 0, 20);  // /proc tells nobody when it changes
      continue;
    }
    return std::to_string(now.kib) + " KiB, " + std::to_string(now.threads) + " threads, " + std::to_string(now.files) +
           " files after " + std::to_string(before.kib) + " KiB, " + std::to_string(before.threads) + " threads, " +
           std::to_string(before.files) + " files";
  }
}

}  // namespace gatehouse::test
