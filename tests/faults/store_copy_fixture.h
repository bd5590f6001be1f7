// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/postgres_server.h"
#include "support/program.h"
#include "support/redis_server.h"
#include "support/server_process.h"
#include "support/temp_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::test {

// One PostgreSQL and one Redis for the program; a new database and key prefix for each test.
class StoreCopyOverServers : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    postgres_ = std::make_unique<PostgresServer>();
    redis_ = std::make_unique<RedisServer>();
  }
  static void TearDownTestSuite() {
    redis_.reset();
    postgres_.reset();
  }
  static PostgresServer& postgres() { return *postgres_; }

  StoreCopyOverServers() : database_("copy" + std::to_string(++tests_)) {
    postgres().sql("CREATE DATABASE " + database_);
  }

  static std::string block(const std::string& name, const std::string& library, const std::string& lines) {
    return "\n[[plugin]]\nname = \"" + name + "\"\nlibrary = \"" + library + "\"\n[plugin.config]\n" + lines + "\n";
  }
  std::string postgres_block(const std::string& name = "postgres", const std::string& schema = "gatehouse") const {
    const auto url = folder_.write("url", postgres().url(database_));
    return block(name, "store-postgres", "url = { file = \"" + url.string() + "\" }\nschema = \"" + schema + "\"");
  }
  std::string redis_block() const {
    return block("redis", "store-redis", "url = \"" + redis_->url() + "\"\nkey_prefix = \"" + database_ + "\"");
  }
  // A file for commands: `chains` are lines of [storage].
  std::string config(const std::string& chains, const std::string& blocks) const {
    return folder_
        .write("gatehouse.toml",
               "mode = \"dev\"\nstate_dir = \"" + folder_.path().string() + "\"\n[storage]\n" + chains + "\n" + blocks)
        .string();
  }
  static ProgramCall command(std::vector<std::string> words, const std::string& config) {
    words.insert(words.begin(), server_binary().string());
    words.insert(words.end(), {"--config", config});
    return {.arguments = std::move(words)};
  }
  static ProgramResult run(std::vector<std::string> words, const std::string& config) {
    return run_program(command(std::move(words), config), std::chrono::seconds(120));
  }
  static void must(std::vector<std::string> words, const std::string& config) {
    const auto result = run(std::move(words), config);
    if (result.code != 0) throw std::runtime_error(result.out + result.err);
  }
  std::string sql(const std::string& text) const { return postgres().sql(text, database_); }

  TempFolder folder_;
  const std::string database_;

 private:
  static inline std::unique_ptr<PostgresServer> postgres_;
  static inline std::unique_ptr<RedisServer> redis_;
  static inline int tests_ = 0;
};

}  // namespace gatehouse::test
