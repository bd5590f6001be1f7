// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/temp_folder.h"

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse::test {

// Stands between a client and a server on Unix sockets and does what networks do. Passes everything on until it is told
// otherwise. Any thread may tell.
class FaultProxy {
 public:
  explicit FaultProxy(std::filesystem::path server);
  ~FaultProxy();
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;

  std::filesystem::path socket() const { return folder_.path() / "proxy.sock"; }

  // The next request that holds `word` reaches the server, and when the server has answered the connection is cut.
  void cut_answer_to(const std::string& word) { tell(Fault::CutAnswer, word, {}); }
  // The next request that holds `word` is thrown away with its connection.
  void cut_request(const std::string& word) { tell(Fault::CutRequest, word, {}); }
  // As often as one comes, a request that holds `word` gets this answer and does not reach the server.
  void answer(const std::string& word, const std::string& bytes) { tell(Fault::Answer, word, bytes); }
  // Everything goes one byte at a time.
  void slice(bool on) { slice_ = on; }
  void be_good() { tell(Fault::None, {}, {}); }

 private:
  enum class Fault { None, CutAnswer, CutRequest, Answer };
  struct Pair {
    int client = -1;
    int server = -1;
    bool cut = false;  // when the server says something
  };

  void tell(Fault fault, const std::string& word, const std::string& bytes);
  void run();
  void accept();
  // False: the connection is over.
  bool from_client(Pair& pair);
  bool from_server(Pair& pair);
  bool pass(int to, const char* bytes, std::size_t size) const;

  const std::filesystem::path server_;
  TempFolder folder_;
  int listener_ = -1;
  int wake_[2] = {-1, -1};
  std::atomic<bool> slice_{false};
  std::mutex mutex_;
  Fault fault_ = Fault::None;  // guarded by mutex_, as what follows
  std::string word_;
  std::string bytes_;
  std::vector<Pair> pairs_;  // of the thread
  std::thread thread_;
};

}  // namespace gatehouse::test
