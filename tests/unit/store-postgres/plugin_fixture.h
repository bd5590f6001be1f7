// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "store/suite_schema.h"
#include "store/verbs.h"
#include "support/postgres_server.h"

#include <gatehouse/plugin.h>

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::test {

// The plugin, opened with the kinds of the contract's suite in a schema of its own. Any thread, after the constructor.
class PostgresPlugin {
 public:
  // Settings that are numbers: "max_connections", "pool_wait" in microseconds.
  using Numbers = std::map<std::string, std::int64_t>;
  // Throws std::runtime_error with the plugin's words.
  // `feed`: the kinds that are announced.
  using Names = std::vector<std::string>;
  PostgresPlugin(const std::string& url, const std::string& schema, const Numbers& numbers = {},
                 const Names& feed = {});
  ~PostgresPlugin();
  PostgresPlugin(const PostgresPlugin&) = delete;
  PostgresPlugin& operator=(const PostgresPlugin&) = delete;

  struct Answer {
    gh_status status = GH_OK;
    std::string words;
    std::chrono::milliseconds took{};
    std::int64_t version = 0;  // of get
    std::size_t found = 0;     // of get_two
  };
  using Time = std::chrono::milliseconds;
  Answer get(const std::string& id, Time time = std::chrono::seconds(10)) const;
  // Two records in one get_many.
  Answer get_two(const std::string& a, const std::string& b, Time time = std::chrono::seconds(10)) const;
  Answer put(const std::string& id, std::int64_t expected, const std::string& value = "x",
             Time time = std::chrono::seconds(10)) const;
  // Two records in one commit.
  Answer put_two(const std::string& a, const std::string& b, std::int64_t expected,
                 Time time = std::chrono::seconds(10)) const;
  Answer ping(Time time = std::chrono::seconds(10)) const;
  // The end, as the host brings it; the destructor only destroys then.
  void drain();
  gh_instance* instance() const noexcept { return instance_; }

  // What it is made with: a host that says and counts nothing.
  static gh_host make_host();

 private:
  void make(const std::string& url, const std::string& schema, const Numbers& numbers, const Names& feed);
  Answer commit(const std::vector<check::store::Write>& writes, Time time) const;
  template <class Verb>
  static Answer timed(Time time, Verb&& verb);

  gh_host host_;
  gh_instance* instance_ = nullptr;
  std::optional<check::store::Verbs> verbs_;
  bool drained_ = false;
};

// A watch of the kind `plain`, whose records PostgresPlugin puts. One thread.
class PostgresWatch {
 public:
  // Throws std::runtime_error with the plugin's words.
  explicit PostgresWatch(const PostgresPlugin& plugin);
  ~PostgresWatch();
  PostgresWatch(const PostgresWatch&) = delete;
  PostgresWatch& operator=(const PostgresWatch&) = delete;
  // The answer to a watch that is not to be had.
  static gh_status refused(const PostgresPlugin& plugin, std::string& words);

  // At least so many changes: "put a 1", "delete a 1", "missed"; fewer when they do not come within 20 s.
  std::vector<std::string> read(std::size_t count) const;
  // What comes up to and with this one.
  std::vector<std::string> read_until(const std::string& last) const;

 private:
  template <class Enough>
  std::vector<std::string> collect(const Enough& enough) const;

  const PostgresPlugin& plugin_;
  std::uint64_t id_ = 0;
};

// Asks until the answer is GH_OK; gives how long that took.
std::chrono::milliseconds recovery(const PostgresPlugin& plugin);

// One server a test program, and a new schema a test.
class PostgresFaults : public ::testing::Test {
 protected:
  static void SetUpTestSuite();
  static void TearDownTestSuite();
  static PostgresServer& server() { return *server_; }

  std::unique_ptr<PostgresPlugin> plugin(const PostgresPlugin::Numbers& numbers = {},
                                         const PostgresPlugin::Names& feed = {}) const;
  const std::string& schema() const { return schema_; }
  std::string table(const std::string& name) const { return schema_ + "." + name; }

  PostgresFaults();

 private:
  static std::unique_ptr<PostgresServer> server_;
  static int schemas_;
  std::string schema_;
};

}  // namespace gatehouse::test
