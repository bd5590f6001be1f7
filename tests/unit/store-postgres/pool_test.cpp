// SPDX-License-Identifier: Apache-2.0
#include "pool.h"
#include "plugin_fixture.h"

#include <gtest/gtest.h>

#include <chrono>
#include <exception>
#include <string>

// The pool of the plugin, over a real server.
namespace gatehouse::store_postgres {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::int64_t in(milliseconds time) {
  return (std::chrono::steady_clock::now().time_since_epoch() + std::chrono::nanoseconds(time)).count();
}

using PostgresPool = test::PostgresFaults;

TEST_F(PostgresPool, WhatACallHadLeftDoesNotLimitTheNextOne) {
  const auto makes_the_role = plugin();
  const auto host = test::PostgresPlugin::make_host();
  const Settings settings{
      connection_string("url", server().url()), {}, schema(), "gatehouse_app", 1, seconds(30), false};
  Pool pool(sdk::Host(&host), settings);
  pool.start();
  const auto brief = [&pool] {
    try {
      pool.take(in(milliseconds(8)), "t");
      return true;
    } catch (const std::exception&) {
      return false;  // a busy machine, and the connection is a new one
    }
  };
  while (!brief()) pool.take(in(seconds(30)), "t");
  // So long that the server takes more than eight milliseconds to set it.
  const std::string tenant(64 << 20, 'x');
  auto lease = pool.take(in(seconds(60)), tenant);
  EXPECT_EQ(lease->run(std::string("SELECT 7")).integer(0, 0), 7);
}

}  // namespace
}  // namespace gatehouse::store_postgres
