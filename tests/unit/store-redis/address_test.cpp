// SPDX-License-Identifier: Apache-2.0
#include "address.h"
#include "topology.h"
#include "unit/store-redis/redis_fixture.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace gatehouse::store_redis {
namespace {

TEST(RedisUrl, NamesAServer) {
  const Target target = parse_url("redis://127.0.0.1:7000/3");
  EXPECT_EQ(target.form, Target::Form::Single);
  EXPECT_EQ(target.endpoints.front().text(), "127.0.0.1:7000");
  EXPECT_EQ(target.database, 3);
  EXPECT_EQ(parse_url("redis://localhost").endpoints.front().port, 6379);
  EXPECT_EQ(parse_url("redis://[::1]:7000").endpoints.front().host, "::1");
}

TEST(RedisUrl, NamesASocket) {
  const Target target = parse_url("redis+unix:///run/redis/redis.sock?db=2");
  EXPECT_EQ(target.endpoints.front().path, "/run/redis/redis.sock");
  EXPECT_EQ(target.database, 2);
}

TEST(RedisUrl, NamesSentinelsAndTheirMaster) {
  const Target target = parse_url("redis+sentinel://127.0.0.1,127.0.0.1:7001/mymaster?db=1");
  EXPECT_EQ(target.form, Target::Form::Sentinel);
  ASSERT_EQ(target.endpoints.size(), 2U);
  EXPECT_EQ(target.endpoints[0].port, 26379);
  EXPECT_EQ(target.master, "mymaster");
  EXPECT_EQ(target.database, 1);
}

TEST(RedisUrl, NamesNodesOfACluster) {
  const Target target = parse_url("redis+cluster://127.0.0.1:7000,127.0.0.1:7001");
  EXPECT_EQ(target.form, Target::Form::Cluster);
  EXPECT_EQ(target.endpoints.size(), 2U);
}

// A URL, and a word of the refusal. Of text that is owned, since ctest names the cases by what they hold.
using Refused = std::pair<std::string, std::string>;

class RefusedUrl : public ::testing::TestWithParam<Refused> {};

TEST_P(RefusedUrl, IsRefusedInWordsThatNameTheSettingAndTheFix) {
  const auto& [url, word] = GetParam();
  try {
    const Redis redis{url};
    FAIL() << url;
  } catch (const std::runtime_error& refusal) {
    const std::string words = refusal.what();
    EXPECT_TRUE(words.starts_with("url: ")) << words;
    EXPECT_NE(words.find(word), std::string::npos) << words;
    EXPECT_EQ(words.find("secret"), std::string::npos) << words;
  }
}

INSTANTIATE_TEST_SUITE_P(
    RedisUrl, RefusedUrl,
    ::testing::Values(Refused("rediss://127.0.0.1", "tunnel"), Refused("redis://10.0.0.7", "allow_plaintext"),
                      Refused("redis+cluster://127.0.0.1,redis.example.com", "allow_plaintext"),
                      Refused("redis://:secret@127.0.0.1", "password"), Refused("http://127.0.0.1", "redis://"),
                      Refused("redis://127.0.0.1:99999", "65535"), Refused("redis://gatehouse:secret", "65535"),
                      Refused("redis://", "host"), Refused("redis+unix://redis.sock", "absolute"),
                      Refused("redis+sentinel://127.0.0.1", "master"),
                      Refused("redis+cluster://127.0.0.1?db=1", "database"),
                      Refused("redis://127.0.0.1?tls=1", "parameter")));

TEST(RedisUrl, OfAnotherMachineIsTakenWithAllowPlaintext) {
  // It is refused later, by nobody answering there: 192.0.2.0/24 is for documents.
  const Settings settings = {{"allow_plaintext", true}, {"connect_timeout", std::int64_t{2'000}}};
  EXPECT_NE(Redis("redis://192.0.2.1", settings).started(), GH_OK);
}

TEST(HashSlot, IsThatOfTheClusterSpecification) {
  EXPECT_EQ(slot_of("123456789"), 0x31c3);
  EXPECT_EQ(slot_of("{user1000}.following"), slot_of("{user1000}.followers"));
  EXPECT_NE(slot_of("foo{}{bar}"), slot_of("bar"));
}

}  // namespace
}  // namespace gatehouse::store_redis
