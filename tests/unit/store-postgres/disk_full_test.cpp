// SPDX-License-Identifier: Apache-2.0
#include "plugin_fixture.h"
#include "support/small_disk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <string>

namespace gatehouse::test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

// Nothing a compression makes smaller.
std::string noise(std::size_t size) {
  static std::mt19937 random(1);
  std::string text(size, ' ');
  for (char& c : text) c = static_cast<char>('!' + random() % 90);
  return text;
}

TEST(FullDisk, RefusesWritesLosesNothingAndRecoversWhenThereIsRoom) {
  const SmallDisk disk(72);
  if (!disk.mounted()) GTEST_SKIP() << "only root may mount a small disk";
  const auto filler = disk.path() / "filler";
  PostgresServer server({.settings = {{"max_wal_size", "4MB"}, {"min_wal_size", "2MB"}}, .folder = disk.path()});
  std::ofstream(filler) << std::string(16 << 20, 'x');
  const PostgresPlugin store(server.url(), "full");
  ASSERT_EQ(store.put("first", 0).status, GH_OK);

  int kept = 0;
  PostgresPlugin::Answer refused;
  for (; kept < 100 && refused.status == GH_OK; ++kept) refused = store.put(std::to_string(kept), 0, noise(1 << 20));
  EXPECT_THAT(refused.status, AnyOf(GH_UNAVAILABLE, GH_IN_DOUBT)) << refused.words;
  std::filesystem::remove(filler);

  EXPECT_LT(recovery(store), std::chrono::seconds(5));
  EXPECT_EQ(store.put("last", 0).status, GH_OK);
  EXPECT_EQ(store.get("first").version, 1);
  for (int at = 0; at + 1 < kept; ++at) EXPECT_EQ(store.get(std::to_string(at)).status, GH_OK) << at;
}

}  // namespace
}  // namespace gatehouse::test
