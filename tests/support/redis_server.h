// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/program.h"
#include "support/temp_folder.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::test {

// A connection for the test's own commands. One thread.
class RedisClient {
 public:
  explicit RedisClient(const std::filesystem::path& socket);  // throws std::runtime_error
  ~RedisClient();
  RedisClient(const RedisClient&) = delete;
  RedisClient& operator=(const RedisClient&) = delete;

  // The answer as text: a nil as "", the elements of an array one a line, an error with its "-" before it. Throws
  // std::runtime_error when the server is gone.
  std::string ask(const std::vector<std::string>& arguments);

 private:
  std::string line();
  std::string bytes(std::size_t size);
  std::string answer();

  int descriptor_ = -1;
  std::string read_;
};

struct RedisOptions {
  // Settings of the server, over those that make it keep nothing on disk.
  std::vector<std::pair<std::string, std::string>> settings{};
  bool tcp = false;       // also on a free port of the loopback
  bool sentinel = false;  // a sentinel, with this text as its configuration
  std::string config{};
};

// A Redis server of the test's own, on a Unix socket in a temporary folder, gone at the end, and ended by the kernel
// should the test die first. One thread.
class RedisServer {
 public:
  // Starts it and waits until it answers. Throws std::runtime_error with its log.
  explicit RedisServer(RedisOptions options = {});
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  std::filesystem::path socket() const { return folder_.path() / "redis.sock"; }
  std::string url() const { return "redis+unix://" + socket().string(); }
  std::uint16_t port() const { return port_; }

  std::string ask(const std::vector<std::string>& arguments) const { return RedisClient(socket()).ask(arguments); }
  // A line of INFO.
  std::string info(const std::string& section, const std::string& name) const;

  void signal(int number) const { server_->signal(number); }
  void kill9();
  // Again on the same socket and port; empty, as nothing is kept on disk.
  void start();

 private:
  std::string log() const;

  RedisOptions options_;
  TempFolder folder_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Program> server_;
};

}  // namespace gatehouse::test
