// SPDX-License-Identifier: Apache-2.0
#include "support/program.h"
#include "support/redis_cluster.h"
#include "support/redis_server.h"
#include "support/temp_folder.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace gatehouse::store_redis {
namespace {

void passes_the_kit(const std::string& url, const std::string& effort) {
  const test::TempFolder folder;
  const auto config = folder.write("check.toml", "[config]\nurl = \"" + url + "\"\n[check]\neffort = " + effort + "\n");
  const auto kit =
      test::run_program({.arguments = {GATEHOUSE_PLUGIN_CHECK, STORE_REDIS_PLUGIN, "--config", config.string()}},
                        std::chrono::minutes(5));
  EXPECT_EQ(kit.code, 0) << kit.out << kit.err;
}

TEST(RedisKit, PassesOnOneServer) {
  const test::RedisServer server;
  passes_the_kit(server.url(), "0.05");
}

TEST(RedisKit, PassesOnACluster) {
  const test::RedisCluster cluster;
  passes_the_kit(cluster.url(), "0.02");
}

}  // namespace
}  // namespace gatehouse::store_redis
