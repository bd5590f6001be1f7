// SPDX-License-Identifier: Apache-2.0
#include "app/settings.h"

#include <gtest/gtest.h>

namespace gatehouse::app {
namespace {

TEST(FrontSize, LeavesPlacesInEveryPluginForWhatIsNoRequest) {
  Config config;
  config.server.base_paths = {"/auth"};
  EXPECT_EQ(front_config(config, 64).most_threads, 56u);
  EXPECT_EQ(front_config(config, 16).most_threads, 8u) << "a plugin that lets in few";
  EXPECT_EQ(front_config(config, 8).most_threads, 0u) << "the front's own threads";
  EXPECT_EQ(front_config(config, 4096).most_threads, 56u) << "threads cost memory";
}

}  // namespace
}  // namespace gatehouse::app
