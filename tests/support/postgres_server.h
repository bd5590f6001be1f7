// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/program.h"
#include "support/temp_folder.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::test {

class PostgresServer;

struct PostgresOptions {
  // Settings of the server, over those that make it quick. The cluster is not safe from a crash of the machine.
  std::vector<std::pair<std::string, std::string>> settings{};
  // Where its files lie instead of a temporary folder of its own; must be empty.
  std::filesystem::path folder{};
  // A running server this one is a copy of: a hot standby that streams from it, under the name "standby".
  const PostgresServer* standby_of = nullptr;
};

// A PostgreSQL server of the test's own: a new cluster on a Unix socket in a temporary folder, gone at the end, and
// ended by the kernel should the test die first. PostgreSQL refuses to run as root; under root it runs as nobody. One
// thread.
class PostgresServer {
 public:
  // Whether Debian's server is installed.
  static bool available();

  explicit PostgresServer(PostgresOptions options = {});
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // The superuser of the cluster.
  std::string url(const std::string& database = "postgres") const { return url_of("admin", database); }
  std::string url_of(const std::string& user, const std::string& database = "postgres") const;
  // The same for whichever of the two takes writes.
  std::string url_with(const PostgresServer& other, const std::string& database = "postgres") const {
    return url(database) + "," + other.sockets_.string();
  }
  const std::filesystem::path& socket_folder() const { return sockets_; }
  // A new empty database; gives its URL.
  std::string new_database();

  // Runs SQL as the superuser; gives the rows, a line each, columns with "|". Throws with psql's words.
  std::string sql(const std::string& text, const std::string& database = "postgres") const;

  pid_t pid() const { return server_->pid(); }
  bool running() const { return server_ != nullptr; }
  void signal_all(int number) const;  // the server and all its children
  void kill9();
  void stop();
  void stop_immediately();  // as after a crash: what is in flight is lost, and the next start recovers
  bool ended() const { return server_->wait(std::chrono::milliseconds(0)).has_value(); }  // by itself
  void start();

  // From now on a commit is answered when the standby has it, too. Returns when that is so.
  void wait_for_standby() const;
  // Makes a standby the server that takes writes; returns when it does.
  void promote() const { sql("SELECT pg_promote()"); }

  // All it has written to its log.
  std::string log() const;

 private:
  void make_cluster() const;
  void copy_cluster() const;
  bool answers() const;

  PostgresOptions options_;
  TempFolder folder_;
  std::filesystem::path data_;
  std::filesystem::path sockets_;
  std::unique_ptr<Program> server_;
  int databases_ = 0;
  int runs_ = 0;
};

}  // namespace gatehouse::test
