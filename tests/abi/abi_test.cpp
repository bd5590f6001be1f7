// SPDX-License-Identifier: Apache-2.0
#include <gatehouse/abi.h>
#include <gatehouse/host.h>
#include <gatehouse/kms.h>
#include <gatehouse/mail_transport.h>
#include <gatehouse/migrations.h>
#include <gatehouse/plugin.h>
#include <gatehouse/rate_limiter.h>
#include <gatehouse/store.h>
#include <gatehouse/store_watch.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <vector>

extern "C" const gh_plugin gatehouse_plugin_in_c;

namespace {

struct Member {
  std::string name;
  std::size_t offset;
  std::size_t bytes;
};
struct Struct {
  std::string name;
  std::size_t bytes;
  std::vector<Member> members;
};

std::vector<Struct> frozen_structs() {
  std::vector<Struct> structs;
#define ABI_STRUCT(name, bytes) structs.push_back({#name, bytes, {}});
#define ABI_MEMBER(name, member, offset, bytes) structs.back().members.push_back({#member, offset, bytes});
#include "layout.def"
  return structs;
}

std::string headers() {
  std::string all;
  for (const auto& file : std::filesystem::directory_iterator(GATEHOUSE_ABI_HEADERS)) {
    std::ifstream in(file.path());
    all.append(std::istreambuf_iterator<char>(in), {});
  }
  return all;
}

std::set<std::string> names_in_headers(const char* pattern) {
  const std::string text = headers();
  const std::regex regex(pattern);
  std::set<std::string> names;
  for (std::sregex_iterator match(text.begin(), text.end(), regex), end; match != end; ++match) {
    names.insert((*match)[1].str());
  }
  return names;
}

TEST(AbiLayout, NoStructHasPadding) {
  for (const auto& each : frozen_structs()) {
    std::size_t at = 0;
    for (const auto& member : each.members) {
      EXPECT_EQ(member.offset, at) << "hole before " << each.name << "." << member.name;
      at = member.offset + member.bytes;
    }
    EXPECT_EQ(at, each.bytes) << "padding at the end of " << each.name;
  }
}

TEST(AbiLayout, EveryStructOfTheHeadersIsGuarded) {
  std::set<std::string> guarded;
  for (const auto& each : frozen_structs()) guarded.insert(each.name);
  EXPECT_EQ(guarded, names_in_headers(R"(struct (gh_\w+) \{)"));
}

TEST(AbiLayout, EveryStructOfTheHeadersIsWitnessed) {
  std::ifstream in(GATEHOUSE_ABI_WITNESS);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  const std::regex regex(R"(WITNESS\((gh_\w+)\))");
  std::set<std::string> witnessed;
  for (std::sregex_iterator match(text.begin(), text.end(), regex), end; match != end; ++match) {
    witnessed.insert((*match)[1].str());
  }
  EXPECT_EQ(witnessed, names_in_headers(R"(struct (gh_\w+) \{)"));
}

TEST(AbiConstants, KeepTheirValues) {
#define ABI_NUMBER(name, value) EXPECT_EQ(static_cast<std::uint64_t>(name), static_cast<std::uint64_t>(value)) << #name;
#define ABI_TEXT(name, value) EXPECT_STREQ(name, value) << #name;
#include "constants.def"
#undef ABI_NUMBER
#undef ABI_TEXT
}

TEST(AbiConstants, EveryConstantOfTheHeadersIsGuarded) {
  std::set<std::string> guarded;
#define ABI_NUMBER(name, value) guarded.insert(#name);
#define ABI_TEXT(name, value) guarded.insert(#name);
#include "constants.def"
  auto defined = names_in_headers(R"(#define (GH_\w+) \S)");
  defined.erase("GH_EXPORT");  // an attribute of the compiler at hand, no value
  EXPECT_EQ(guarded, defined);
}

TEST(AbiLayout, APluginInPlainCHasTheSameEntry) {
  EXPECT_EQ(gatehouse_plugin_in_c.magic, GH_MAGIC);
  EXPECT_EQ(gatehouse_plugin_in_c.struct_size, sizeof(gh_plugin));
  EXPECT_STREQ(gatehouse_plugin_in_c.id, "in-c");
}

}  // namespace
