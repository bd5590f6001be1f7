// SPDX-License-Identifier: Apache-2.0
// A server told to use a plugin that is not fit for it does not start, and says why: `serve` and `check-config` alike.
#include "fault_table.h"
#include "support/command_line.h"
#include "support/temp_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <regex>
#include <set>

namespace gatehouse::test {
namespace {

namespace fs = std::filesystem;

// One row of the table and how to bring it about.
struct Refusal {
  std::string key;
  std::function<fs::path(const TempFolder&)> library;
  std::string lines = {};  // further ones of its [[plugin]] block
};

void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.key; }

fs::path good_store() { return plugin_folder() / "store-memory.so"; }
fs::path good_copy(const TempFolder& folder) {
  const auto target = folder.path() / "store-memory.so";
  fs::copy_file(good_store(), target);
  fs::permissions(target, fs::perms::owner_all);
  return target;
}

auto built(const char* name) {
  return [name](const TempFolder&) { return bad_plugin(name); };
}
auto bytes(const char* name, std::function<std::string(std::string)> change) {
  return [name, change](const TempFolder& folder) { return folder.write(name, change(read_file(good_store()))); };
}

std::string for_aarch64(std::string all) {
  all.at(18) = '\xb7';  // e_machine
  return all;
}

fs::path some_library(const TempFolder& folder) {
  for (const auto* library : {"/lib/x86_64-linux-gnu/libm.so.6", "/lib64/libm.so.6", "/usr/lib/libm.so.6"}) {
    if (fs::exists(library)) return folder.write("libm.so", read_file(library));
  }
  throw std::runtime_error("no libm.so.6 to try with");
}
fs::path a_folder(const TempFolder& folder) {
  fs::create_directory(folder.path() / "folder.so");
  return folder.path() / "folder.so";
}
fs::path link_to_good(const TempFolder& folder) {
  fs::create_symlink(good_copy(folder), folder.path() / "link.so");
  return folder.path() / "link.so";
}
fs::path renamed(const TempFolder& folder) {
  fs::rename(good_copy(folder), folder.path() / "other-name.so");
  return folder.path() / "other-name.so";
}
fs::path writable_by_all(const TempFolder& folder) {
  const auto plugin = good_copy(folder);
  fs::permissions(plugin, fs::perms::others_write, fs::perm_options::add);
  return plugin;
}
fs::path in_open_folder(const TempFolder& folder) {
  const auto plugin = good_copy(folder);
  fs::permissions(folder.path(), fs::perms::all);
  return plugin;
}

const std::vector<Refusal> refusals = {
    {"no-entry", built("bad-no-entry")},
    {"entry-is-code", built("bad-function")},
    {"entry-too-short", built("bad-short")},
    {"other-magic", built("bad-magic")},
    {"future-abi", built("bad-major")},
    {"older-abi", built("bad-older")},
    {"future-minor", built("bad-minor")},
    {"short-struct", built("bad-struct")},
    {"missing-symbol", built("bad-missing-symbol")},
    {"missing-library", built("bad-missing-library")},
    {"own-search-path", built("bad-rpath")},
    {"executable-stack", built("bad-stack")},
    {"not-there", [](const TempFolder& folder) { return folder.path() / "absent.so"; }},
    {"folder", a_folder},
    {"symbolic-link", link_to_good},
    {"writable-by-others", writable_by_all},
    {"folder-writable-by-others", in_open_folder},
    {"wrong-hash", good_copy, "sha256 = \"" + std::string(64, '0') + '"'},
    {"wrong-name", renamed},
    {"empty", bytes("empty.so", [](const std::string&) { return std::string(); })},
    {"no-library", bytes("text.so", [](const std::string&) { return std::string("#!/bin/sh\necho no\n"); })},
    {"truncated", bytes("cut.so", [](std::string all) { return all.substr(0, 4096); })},
    {"truncated", bytes("cut.so", [](std::string all) { return all.substr(0, 64); })},
    {"truncated", bytes("cut.so", [](std::string all) { return all.substr(0, all.size() / 2); })},
    {"other-machine", bytes("foreign.so", for_aarch64)},
    {"no-plugin", some_library},
    {"unknown-setting", good_copy, "[plugin.config]\nmax_memroy = \"1GiB\""},
    {"wrong-interface", [](const TempFolder&) { return plugin_folder() / "mail-outbox.so"; }},
};

void expect_refused(const std::string& key, const std::string& config) {
  const auto served = try_to_serve(config);
  EXPECT_EQ("does not start: " + std::to_string(served.code), fault_row(key).does) << served.err;
  EXPECT_TRUE(operator_reads(served.out + served.err, key));
  const TempFolder folder;
  const auto checked = check_config(folder.write("checked.toml", config));
  EXPECT_EQ(checked.code, 2) << checked.out << checked.err;
  EXPECT_TRUE(operator_reads(checked.out + checked.err, key));
}

class Refused : public ::testing::TestWithParam<Refusal> {};

std::string test_name(const testing::TestParamInfo<Refusal>& info) {
  return std::regex_replace(info.param.key, std::regex("-"), "_") + '_' + std::to_string(info.index);
}
INSTANTIATE_TEST_SUITE_P(Plugin, Refused, ::testing::ValuesIn(refusals), test_name);

TEST_P(Refused, AtTheStartAndByTheCheckInWordsThatNameTheFix) {
  const TempFolder folder;
  const auto& refusal = GetParam();
  expect_refused(refusal.key, config_with_plugins(folder.path() / "state", refusal.library(folder), refusal.lines));
}

struct LateRefusal {
  std::string key;
  std::string limiter;  // library
};
void PrintTo(const LateRefusal& refusal, std::ostream* out) { *out << refusal.key; }

class RefusedAsALimiter : public ::testing::TestWithParam<LateRefusal> {
 protected:
  // The bad one as the rate limiter, beside a good store.
  std::string config() const {
    auto text = config_with_plugins(folder_.path() / "state", good_store());
    text = std::regex_replace(text, std::regex("rate_limit.limiter = \"memory\""), "rate_limit.limiter = \"bad\"");
    return text + "[[plugin]]\nname = \"bad\"\nlibrary = \"" + bad_plugin(GetParam().limiter).string() + "\"\n";
  }
  const TempFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Plugin, RefusedAsALimiter,
                         ::testing::Values(LateRefusal{"null-slot", "bad-null-slot"},
                                           LateRefusal{"short-table", "bad-short-table"}));

TEST_P(RefusedAsALimiter, BecauseOfItsTable) { expect_refused(GetParam().key, config()); }

// Code that ends the process while the library is being loaded: nothing can be refused any more, but it is said who it
// was, and it is no orderly end.
class EndsTheLoading : public ::testing::TestWithParam<LateRefusal> {};

INSTANTIATE_TEST_SUITE_P(Plugin, EndsTheLoading,
                         ::testing::Values(LateRefusal{"constructor-throws", "bad-constructor-throw"},
                                           LateRefusal{"constructor-exits", "bad-constructor-exit"},
                                           LateRefusal{"constructor-aborts", "bad-constructor-abort"},
                                           LateRefusal{"constructor-crashes", "bad-constructor-crash"}));

TEST_P(EndsTheLoading, ButSaysWhichPluginItWas) {
#ifdef GATEHOUSE_SANITIZED
  if (GetParam().key != "constructor-exits") GTEST_SKIP() << "a sanitizer reports crashes itself";
#endif
  const TempFolder folder;
  const auto served = try_to_serve(config_with_plugins(folder.path() / "state", bad_plugin(GetParam().limiter)));
  const auto how = served.code == 128 + SIGSEGV   ? std::string("SIGSEGV")
                   : served.code == 128 + SIGABRT ? "SIGABRT"
                                                  : std::to_string(served.code);
  EXPECT_EQ("ends: " + how, fault_row(GetParam().key).does) << served.err;
  EXPECT_TRUE(operator_reads(served.out + served.err, GetParam().key));
}

TEST(Plugin, ThatIsGoodPasses) {
  const TempFolder folder;
  const auto config = config_with_plugins(folder.path() / "state", good_copy(folder));
  const TempFolder elsewhere;
  const auto checked = check_config(elsewhere.write("checked.toml", config));
  EXPECT_EQ(checked.code, 0) << checked.out << checked.err;
}

TEST(FaultTable, HasARowForEveryTestAndATestForEveryRow) {
  std::string tests;
  for (const auto& file : fs::directory_iterator(GATEHOUSE_FAULT_TESTS)) {
    if (file.path().string().ends_with("_test.cpp")) tests += read_file(file.path());
  }
  std::set<std::string> keys;
  for (const auto& row : fault_table()) {
    EXPECT_TRUE(keys.insert(row.key).second) << row.key << " is there twice";
    EXPECT_NE(tests.find('"' + row.key + '"'), std::string::npos) << "no test for the row " << row.key;
  }
  EXPECT_GT(keys.size(), 40u);
}

}  // namespace
}  // namespace gatehouse::test
