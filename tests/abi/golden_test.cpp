// SPDX-License-Identifier: Apache-2.0
// Plugins that were built when an ABI version was new, kept as binaries (golden/), under today's host.
#include "plugins/instance.h"
#include "plugins/plugin_file.h"
#include "providers/keys.h"
#include "providers/limiter.h"
#include "providers/mailer.h"
#include "providers/storage.h"
#include "support/plugin_fakes.h"
#include "support/temp_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace gatehouse::test {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> golden_plugins() {
  std::vector<fs::path> files;
  for (const auto& file : fs::recursive_directory_iterator(GATEHOUSE_GOLDEN)) {
    if (file.path().extension() == ".so") files.push_back(file.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Of a path .../golden/1.0/golden-gcc.so: "v1_0_gcc".
std::string test_name(const testing::TestParamInfo<fs::path>& info) {
  auto name = "v" + info.param.parent_path().filename().string() + info.param.stem().string().substr(6);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '.' || c == '-'; }, '_');
  return name;
}

class Golden : public testing::TestWithParam<fs::path> {
 protected:
  void SetUp() override {
#if !defined(__x86_64__)
    GTEST_SKIP() << "the golden plugins are for x86-64";
#endif
    // A checkout's modes depend on the umask, the loader's demands do not.
    const auto copy = folder.path() / GetParam().filename();
    fs::copy_file(GetParam(), copy);
    fs::permissions(copy, fs::perms::owner_read | fs::perms::owner_write);
    file = plugins::PluginFile::load(copy.string(), {}, {});
    plugins::InstanceConfig config;
    config.name = "golden";
    config.state_dir = folder.path();
    config.settings.push_back({"answer", std::int64_t{43}});
    instance = std::make_unique<plugins::Instance>(
        file->entry(), std::move(config), host.services(),
        std::vector<std::string>{GH_STORE_V1, GH_KMS_V1, GH_RATE_LIMITER_V1, GH_MAIL_TRANSPORT_V1});
    instance->start();
  }

  PluginHost host;
  TempFolder folder;
  std::shared_ptr<const plugins::PluginFile> file;
  std::unique_ptr<plugins::Instance> instance;
};

INSTANTIATE_TEST_SUITE_P(Plugins, Golden, testing::ValuesIn(golden_plugins()), test_name);

TEST_P(Golden, IsLoadedAndUsesTheHost) {
  EXPECT_STREQ(file->entry().version, "1.0.0");
  EXPECT_TRUE(host.log.contains("golden plugin starts"));
  EXPECT_EQ(host.metric("gatehouse_plugin_golden_starts_total"), 1);
}

TEST_P(Golden, RefusesSettingsInItsWords) {
  plugins::InstanceConfig config;
  config.name = "golden";
  config.state_dir = folder.path();
  config.settings.push_back({"answer", std::int64_t{-1}});
  try {
    plugins::Instance::check(file->entry(), std::move(config), host.services());
    FAIL() << "took it";
  } catch (const plugins::LoadError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("answer: is below 0"));
  }
}

TEST_P(Golden, StoresRecords) {
  providers::KindDef kind;
  kind.name = "thing";
  kind.fields = {{"word", providers::ValueType::Text}, {"number", providers::ValueType::Int}};
  providers::Storage storage({kind}, {instance.get()});
  storage.open(host.call());

  std::string word;
  std::int64_t number = 0;
  std::int64_t version = 0;
  const auto read = [&](providers::RecordReader& record) {
    word = record.text(0);
    number = record.integer(1);
    version = record.version();
  };
  const auto there = storage.get(0, {"t", "p", "there"}, host.call(), read);
  ASSERT_TRUE(there && *there);
  EXPECT_EQ(word + std::to_string(number) + std::to_string(version), "golden437");
  const auto absent = storage.get(0, {"t", "p", "absent"}, host.call(), read);
  EXPECT_TRUE(absent && !*absent);

  // Their tables end before get_many.
  const providers::Get gets[] = {{0, {"t", "p", "absent"}}, {0, {"t", "p", "there"}}};
  std::vector<std::size_t> seen;
  EXPECT_TRUE(
      storage.get_many(gets, host.call(), [&](std::size_t get, providers::RecordReader&) { seen.push_back(get); }));
  EXPECT_EQ(seen, (std::vector<std::size_t>{1}));

  providers::Query query;
  query.tenant = "t";
  query.limit = 1;
  const auto page = storage.find(query, host.call(), read);
  ASSERT_TRUE(page);
  EXPECT_EQ(page->next_cursor, "next");

  const auto remove = [&](std::int64_t expected) {
    const providers::Write writes[] = {{providers::Write::Op::Delete, 0, {"t", "p", "there"}, expected, {}}};
    return storage.commit(writes, host.call());
  };
  const auto done = remove(7);
  ASSERT_TRUE(done);
  EXPECT_FALSE(done->has_value());
  const auto lost = remove(8);
  ASSERT_TRUE(lost && *lost);
  EXPECT_EQ((*lost)->write, 0u);
  const auto purged = storage.purge(0, host.clock.now(), 5, host.call());
  ASSERT_TRUE(purged);
  EXPECT_EQ(*purged, 4u);
}

TEST_P(Golden, KeepsKeys) {
  providers::Keys keys(*instance);
  keys.ensure("access", providers::Algorithm::EdDSA, host.call());
  const auto list = keys.list("refresh", host.call());
  ASSERT_TRUE(list && list->size() == 1);
  EXPECT_EQ(list->front().version, 3u);
  const auto mac = keys.mac("refresh", 0, "abc", host.call());
  ASSERT_TRUE(mac);
  EXPECT_EQ(mac->view(), std::string(32, 3));
  const auto signature = keys.sign("access", 0, "abcd", host.call());
  ASSERT_TRUE(signature);
  EXPECT_EQ(signature->bytes, std::string(64, 4));
  // Their tables end before rotate_to.
  const auto rotated = keys.rotate("access", providers::Algorithm::HmacSha256, host.call().now, host.call());
  ASSERT_FALSE(rotated);
  EXPECT_THAT(rotated.error().detail, testing::HasSubstr("rotates elsewhere"));
}

TEST_P(Golden, CountsEvents) {
  providers::Limiter limiter(*instance);
  const auto in = limiter.take("welcome", 5, std::chrono::seconds(2), host.call());
  ASSERT_TRUE(in);
  EXPECT_TRUE(in->allowed);
  EXPECT_EQ(in->remaining, 4u);
  const auto out = limiter.take("stranger", 5, std::chrono::seconds(2), host.call());
  ASSERT_TRUE(out);
  EXPECT_FALSE(out->allowed);
  EXPECT_EQ(out->retry_after, std::chrono::seconds(2));
  EXPECT_TRUE(limiter.reset("welcome", host.call()));
}

TEST_P(Golden, TakesMail) {
  providers::Mailer mailer(*instance);
  providers::Mail mail;
  mail.subject = "hello";
  EXPECT_TRUE(mailer.send(mail, host.call()));
  mail.subject = "goodbye";
  EXPECT_EQ(mailer.send(mail, host.call()).error().code, Code::ValidationFailed);
}

// Without the binaries nothing above would run, and pass.
TEST(GoldenPlugins, OfEveryRecordedVersionAreThere) {
  std::set<std::string> versions;
  for (const auto& folder : fs::directory_iterator(GATEHOUSE_GOLDEN)) {
    if (folder.is_directory()) versions.insert(folder.path().filename());
  }
  EXPECT_TRUE(versions.contains(std::to_string(GH_ABI_MAJOR) + "." + std::to_string(GH_ABI_MINOR)))
      << "record this version of the ABI: tests/abi/golden/make.sh";
  for (const auto& version : versions) {
    for (const auto* name : {"golden-gcc.so", "golden-clang.so", "include/gatehouse/plugin.h"}) {
      EXPECT_TRUE(fs::exists(fs::path(GATEHOUSE_GOLDEN) / version / name)) << version << ' ' << name;
    }
  }
}

}  // namespace
}  // namespace gatehouse::test
