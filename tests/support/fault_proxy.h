// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/temp_folder.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace gatehouse::test {

// Stands between clients and a server on a Unix socket and does what networks do. Passes everything on until it is told
// otherwise. Any thread may tell.
class FaultProxy {
 public:
  // Clients come to a socket in a folder of its own, or to a port of 127.0.0.1 that the system chose: only there a
  // connection can be reset.
  enum class Line : bool { Socket, Tcp };
  explicit FaultProxy(std::filesystem::path server, Line line = Line::Socket);
  ~FaultProxy();
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;

  std::filesystem::path socket() const { return folder_.path() / "proxy.sock"; }
  // HOST:PORT
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  // The next request that holds `word` reaches the server, and when the server has answered the connection is cut.
  void cut_answer_to(const std::string& word) { tell(Fault::CutAnswer, word, {}); }
  // The next request that holds `word` is thrown away with its connection.
  void cut_request(const std::string& word) { tell(Fault::CutRequest, word, {}); }
  // As often as one comes, a request that holds `word` gets this answer and does not reach the server.
  void answer(const std::string& word, const std::string& bytes) { tell(Fault::Answer, word, bytes); }
  // Everything goes one byte at a time.
  void slice(bool on) { slice_ = on; }
  // Everything comes so much later.
  void delay(std::chrono::milliseconds time) { delay_ms_ = time.count(); }
  // Of so many pieces one is lost, and its connection is cut: requests and answers alike. 0: none.
  void cut_one_in(unsigned pieces) { cut_one_in_ = pieces; }
  // Connections that are cut are reset: what was on its way is lost, and the client's next act fails (ECONNRESET).
  void reset(bool on) { reset_ = on; }
  void be_good() { tell(Fault::None, {}, {}); }

 private:
  enum class Fault { None, CutAnswer, CutRequest, Answer };
  struct Piece {
    std::chrono::steady_clock::time_point due;
    bool to_server = false;
    std::string bytes;
  };
  struct Pair {
    int client = -1;
    int server = -1;
    bool cut = false;  // when the server says something
    std::deque<Piece> late;
  };

  void tell(Fault fault, const std::string& word, const std::string& bytes);
  void run();
  void accept();
  // False: the connection is over.
  bool from_client(Pair& pair);
  bool from_server(Pair& pair);
  bool carry(Pair& pair, bool to_server, const char* bytes, std::size_t size);
  bool deliver(Pair& pair) const;  // what is due
  int patience() const;            // milliseconds until something is due
  void end(Pair& pair) const;
  bool pass(int to, const char* bytes, std::size_t size) const;

  const std::filesystem::path server_;
  const Line line_;
  TempFolder folder_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  int wake_[2] = {-1, -1};
  std::atomic<bool> slice_{false};
  std::atomic<bool> reset_{false};
  std::atomic<std::int64_t> delay_ms_{0};
  std::atomic<unsigned> cut_one_in_{0};
  unsigned pieces_ = 0;  // of the thread
  std::mutex mutex_;
  Fault fault_ = Fault::None;  // guarded by mutex_, as what follows
  std::string word_;
  std::string bytes_;
  std::vector<Pair> pairs_;  // of the thread
  std::thread thread_;
};

}  // namespace gatehouse::test
