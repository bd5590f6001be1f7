// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/address.h"
#include "support/journal.h"
#include "support/server_process.h"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse::test {

// Where servers are at the moment: a restart moves them. Any thread.
class AddressBook {
 public:
  struct Entry {
    Address listen;
    Address management;
  };
  explicit AddressBook(const std::vector<ServerProcess*>& servers);
  void moved(std::size_t at, const ServerProcess& server);
  Entry at(std::size_t at) const;
  std::size_t size() const { return size_; }

 private:
  const std::size_t size_;
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
};

// How many things each client has been answered, and whether it is time to stop. Any thread.
class LoadProgress {
 public:
  explicit LoadProgress(std::size_t clients) : done_(clients) {}
  void step(std::size_t client);
  void stop();
  bool stopped() const;
  // Waits this long, or until it is time to stop: for a client that was told to come again.
  void pause(std::chrono::milliseconds time) const;
  // Until every client has been answered so many times more. False: that was not so in time.
  bool wait_for(std::size_t more, std::chrono::milliseconds patience) const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<std::size_t> done_;  // guarded by mutex_, as stopped_
  bool stopped_ = false;
};

class JournalClient;

// Clients that do everything a user can do with sessions, each with an account of its own, at all servers in turn, and
// write down what came of it; and one that asks /readyz. One thread, beside those it has.
class Load {
 public:
  // Signs everybody up; their addresses begin with `name`. `former` faults may still be felt. The servers outlive this.
  Load(const std::vector<ServerProcess*>& servers, const std::string& name, std::size_t clients = 6,
       std::vector<Fault> former = {});
  ~Load();

  // Until every client has been answered so many times; throws std::runtime_error after a minute.
  void run(std::size_t answers);
  // Writes down that there was a fault from the begin of `work` to its end.
  void fault(Fault::Readiness readiness, const std::function<void()>& work);
  // Within a fault: until /readyz of any server has fallen; throws std::runtime_error after ten seconds.
  void wait_until_unready();
  // Within a fault: lets it last.
  void hold(std::chrono::milliseconds time) const { progress_.pause(time); }
  void moved(std::size_t at, const ServerProcess& server) { book_.moved(at, server); }
  // Ends the load, then shows every token there has ever been to the servers, one last time. Once.
  History finish();

 private:
  void watch();

  AddressBook book_;
  LoadProgress progress_;
  std::vector<std::unique_ptr<JournalClient>> clients_;
  std::vector<Fault> faults_;
  std::mutex mutex_;
  std::condition_variable unready_;
  std::vector<ReadinessSample> readiness_;  // guarded by mutex_
  std::vector<std::thread> threads_;
};

// What a server holds of the machine.
struct Footprint {
  long kib = 0;
  long threads = 0;
  long files = 0;
};
Footprint footprint(const ServerProcess& server);

// Empty when the server comes back to what it held before: but for the threads and connections that it may have made in
// the hour of need and keeps for a while (8 and 16), and for a twentieth and 16 MiB more memory. Otherwise what is too
// much. Faults cost hundreds of requests their answers: had each left something behind, it would show.
std::string growth(const ServerProcess& server, const Footprint& before,
                   std::chrono::milliseconds patience = std::chrono::seconds(10));

}  // namespace gatehouse::test
