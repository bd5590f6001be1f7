// SPDX-License-Identifier: Apache-2.0
#include "plugins/entry_check.h"

#include "plugins/description.h"
#include "plugins/interfaces.h"
#include "plugins/load_error.h"
#include "support/plugin_fakes.h"

#include <gatehouse/store_watch.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::plugins {
namespace {

using testing::HasSubstr;

// What the check says to the entry of a plugin of ours after one change.
std::string verdict(const std::function<void(gh_plugin&)>& change, std::size_t symbol_size = sizeof(gh_plugin)) {
  test::ScriptedPlugin plugin;
  change(plugin.entry);
  try {
    check_entry(plugin.entry, symbol_size, "/lib/x.so");
    return "accepted";
  } catch (const LoadError& error) {
    return error.what();
  }
}

TEST(EntryCheck, TakesAPluginThatIsRight) {
  EXPECT_EQ(verdict([](gh_plugin&) {}), "accepted");
}

TEST(EntryCheck, NamesBothVersionsAndTheFix) {
  EXPECT_EQ(verdict([](gh_plugin& e) { e.abi_major = 2; }),
            "/lib/x.so: is built for plugin ABI 2.0, this server has 1.0; update the server, or get the plugin for "
            "plugin ABI 1");
  EXPECT_EQ(verdict([](gh_plugin& e) { e.needs_host_minor = 7; }),
            "/lib/x.so: needs plugin ABI 1.7 or later, this server has 1.0; update the server, or get an older version "
            "of the plugin");
}

TEST(EntryCheck, ReadsNothingButTheVersionsOfAPluginFromTheFuture) {
  alignas(gh_plugin) unsigned char memory[sizeof(gh_plugin)];
  std::memset(memory, 0xFF, sizeof(memory));  // every pointer would crash
  auto& entry = *reinterpret_cast<gh_plugin*>(memory);
  entry.magic = GH_MAGIC;
  entry.struct_size = 8000;
  entry.abi_major = 9;
  EXPECT_THROW(check_entry(entry, 24, "/lib/x.so"), LoadError);
  entry.abi_major = GH_ABI_MAJOR;
  EXPECT_THROW(check_entry(entry, 24, "/lib/x.so"), LoadError) << "needs a minor of 2^32-1";
}

TEST(EntryCheck, TakesALaterMinorThatNeedsNothingNew) {
  EXPECT_EQ(verdict([](gh_plugin& e) { e.abi_minor = 3; }), "accepted");
  EXPECT_EQ(verdict([](gh_plugin& e) { e.struct_size += 16; }, sizeof(gh_plugin) + 16), "accepted");
}

TEST(EntryCheck, RefusesWhatIsNoPlugin) {
  EXPECT_THAT(verdict([](gh_plugin& e) { e.magic ^= 1; }), HasSubstr("is not a gh_plugin"));
  EXPECT_THAT(verdict([](gh_plugin&) {}, 8), HasSubstr("is not a gh_plugin"));
}

TEST(EntryCheck, RefusesAStructThatIsShorterThanItMustBe) {
  EXPECT_THAT(verdict([](gh_plugin& e) { e.struct_size = 100; }), HasSubstr("has 100 bytes"));
  EXPECT_THAT(verdict([](gh_plugin&) {}, 100), HasSubstr("has 100 bytes"));
}

const char* const not_utf8 = "caf\xE9";

TEST(EntryCheck, RefusesMalformedTables) {
  static const std::string long_text(501, 'x');
  static constexpr int some_table = 0;
  const std::vector<std::pair<std::function<void(gh_plugin&)>, std::string>> table = {
      {[](gh_plugin& e) { e.id = nullptr; }, "its id is missing"},
      {[](gh_plugin& e) { e.id = "Upper"; }, "its id is not"},
      {[](gh_plugin& e) { e.id = "../x"; }, "its id is not"},
      {[](gh_plugin& e) { e.id = ""; }, "its id is empty"},
      {[](gh_plugin& e) { e.id = "a123456789012345678901234567890123456789x"; }, "its id is not"},
      {[](gh_plugin& e) { e.version = nullptr; }, "its version is missing"},
      {[](gh_plugin& e) { e.license = not_utf8; }, "its license is not UTF-8"},
      {[](gh_plugin& e) { e.summary = "\x1b]0;owned\a"; }, "its summary holds control characters"},
      {[](gh_plugin& e) {
         e.version =
             "1.0\xe2\x80\xae"
             "0.1";
       },
       "its version holds control characters"},
      {[](gh_plugin& e) { e.id = "\x1b[2J"; }, "plugin \\u001b[2J: its id holds control characters"},
      {[](gh_plugin& e) { e.summary = long_text.c_str(); }, "its summary is empty or longer"},
      {[](gh_plugin& e) { e.create = nullptr; }, "is missing"},
      {[](gh_plugin& e) { e.start = nullptr; }, "is missing"},
      {[](gh_plugin& e) { e.drain = nullptr; }, "is missing"},
      {[](gh_plugin& e) { e.destroy = nullptr; }, "is missing"},
      {[](gh_plugin& e) { e.settings = nullptr; }, "table of settings is missing"},
      {[](gh_plugin& e) { e.setting_count = 100'000; }, "100000 settings"},
      {[](gh_plugin& e) { e.setting_stride = 8; }, "stride of its settings"},
      {[](gh_plugin& e) { e.setting_stride = sizeof(gh_setting) + 1; }, "stride of its settings"},
      {[](gh_plugin& e) { e.interfaces = nullptr; }, "table of interfaces is missing"},
      {[](gh_plugin& e) { e.interface_count = 100'000; }, "100000 interfaces"},
      {[](gh_plugin& e) { e.interface_count = 0; }, "offers no interface"},
      {[](gh_plugin& e) { e.interface_stride = 0; }, "stride of its interfaces"},
      {[](gh_plugin& e) {
         static const gh_interface twice[] = {{"a/1", &some_table}, {"a/1", &some_table}};
         e.interfaces = twice;
         e.interface_count = 2;
       },
       "a/1 twice"},
      {[](gh_plugin& e) {
         static const gh_interface none[] = {{"a/1", nullptr}};
         e.interfaces = none;
         e.interface_count = 1;
       },
       "its table for a/1 is missing"},
  };
  for (const auto& [change, words] : table) EXPECT_THAT(verdict(change), HasSubstr(words));
}

TEST(EntryCheck, RefusesMalformedSettings) {
  const std::vector<std::pair<gh_setting, std::string>> table = {
      {{nullptr, nullptr, nullptr, "s", GH_SETTING_TEXT, 0}, "key of a setting is missing"},
      {{"Key", nullptr, nullptr, "s", GH_SETTING_TEXT, 0}, "not snake_case"},
      {{"key", nullptr, nullptr, nullptr, GH_SETTING_TEXT, 0}, "summary is missing"},
      {{"key", nullptr, nullptr, "s", 0, 0}, "unknown type"},
      {{"key", nullptr, nullptr, "s", 99, 0}, "unknown type"},
      {{"key", nullptr, "a,b", "s", GH_SETTING_INT, 0}, "is not a text"},
      {{"key", "c", "a,b", "s", GH_SETTING_TEXT, 0}, "the default of its setting key: expected one of"},
      {{"key", "5", nullptr, "s", GH_SETTING_DURATION, 0}, "the default of its setting key: expected a duration"},
      {{"key", "x", nullptr, "s", GH_SETTING_TEXT, GH_SETTING_REQUIRED}, "has a default and is required or secret"},
      {{"key", "x", nullptr, "s", GH_SETTING_TEXT, GH_SETTING_SECRET}, "has a default and is required or secret"},
      {{"key", not_utf8, nullptr, "s", GH_SETTING_TEXT, 0}, "default is not UTF-8"},
  };
  for (const auto& [setting, words] : table) {
    const auto change = [&setting = setting](gh_plugin& e) {
      e.settings = &setting;
      e.setting_count = 1;
    };
    EXPECT_THAT(verdict(change), HasSubstr(words));
  }
  static const gh_setting twice[] = {{"key", nullptr, nullptr, "s", GH_SETTING_TEXT, 0},
                                     {"key", nullptr, nullptr, "s", GH_SETTING_INT, 0}};
  EXPECT_THAT(verdict([](gh_plugin& e) {
                e.settings = twice;
                e.setting_count = 2;
              }),
              HasSubstr("declared twice"));
}

std::string require(const gh_plugin& entry, const char* id) {
  try {
    return require_interface(entry, id) != nullptr ? "accepted" : "null";
  } catch (const LoadError& error) {
    return error.what();
  }
}

TEST(Interfaces, WhatIsNotOfferedIsRefusedWithWhatIs) {
  test::ScriptedPlugin plugin;
  plugin.entry.interface_count = 2;
  EXPECT_EQ(require(plugin.entry, GH_RATE_LIMITER_V1),
            "plugin scripted 1.2.3 does not offer gatehouse.rate_limiter/1, for which it is configured; it offers "
            "gatehouse.store/1, gatehouse.kms/1");
  EXPECT_THAT(require(plugin.entry, "gatehouse.store/9"), HasSubstr("does not know the interface gatehouse.store/9"));
}

// Every slot of a table, emptied in turn, must be missed by name. `end` is where the required slots end.
template <class Table>
void expect_every_slot_required(const char* id, Table copy, const std::vector<std::string>& names,
                                std::size_t end = sizeof(Table)) {
  test::ScriptedPlugin plugin;
  const gh_interface interface = {id, &copy};
  plugin.entry.interfaces = &interface;
  plugin.entry.interface_count = 1;
  ASSERT_EQ(require(plugin.entry, id), "accepted");
  const auto first = end - names.size() * sizeof(void*);
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto* slot = reinterpret_cast<unsigned char*>(&copy) + first + i * sizeof(void*);
    void* kept = nullptr;
    std::memcpy(&kept, slot, sizeof(kept));
    std::memset(slot, 0, sizeof(kept));
    EXPECT_THAT(require(plugin.entry, id), HasSubstr("lacks the function " + names[i] + ";"));
    std::memcpy(slot, &kept, sizeof(kept));
  }
  copy.struct_size = static_cast<std::uint32_t>(end - 8);
  EXPECT_THAT(require(plugin.entry, id), HasSubstr("bytes and must have"));
  copy.struct_size += 80;
  EXPECT_EQ(require(plugin.entry, id), "accepted") << "a longer table is a newer one";
}

// Of the table the scripted plugin has.
template <class Table>
void expect_every_slot_required(const char* id, const std::vector<std::string>& names,
                                std::size_t end = sizeof(Table)) {
  test::ScriptedPlugin plugin;
  expect_every_slot_required(id, *static_cast<const Table*>(find_interface(plugin.entry, id)), names, end);
}

TEST(Interfaces, EverySlotOfAStoreIsRequired) {
  expect_every_slot_required<gh_store_v1>(GH_STORE_V1, {"open", "get", "find", "commit", "purge", "ping"},
                                          offsetof(gh_store_v1, get_many));
}
TEST(Interfaces, EverySlotOfAKmsIsRequired) {
  expect_every_slot_required<gh_kms_v1>(GH_KMS_V1, {"ensure", "keys", "mac", "sign", "rotate", "ping"},
                                        offsetof(gh_kms_v1, rotate_to));
}
TEST(Interfaces, EverySlotOfARateLimiterIsRequired) {
  expect_every_slot_required<gh_rate_limiter_v1>(GH_RATE_LIMITER_V1, {"take", "reset", "ping"});
}
TEST(Interfaces, EverySlotOfAMailTransportIsRequired) {
  expect_every_slot_required<gh_mail_transport_v1>(GH_MAIL_TRANSPORT_V1, {"send", "ping"});
}
TEST(Interfaces, EverySlotOfAStoreWatchIsRequired) {
  gh_store_watch_v1 whole{};
  whole.struct_size = sizeof(whole);
  whole.watch = [](gh_instance*, const gh_call*, const std::uint32_t*, std::uint64_t, std::uint64_t*) { return GH_OK; };
  whole.wait = [](gh_instance*, const gh_call*, std::uint64_t, const gh_change_sink*) { return GH_OK; };
  whole.unwatch = [](gh_instance*, const gh_call*, std::uint64_t) { return GH_OK; };
  expect_every_slot_required(GH_STORE_WATCH_V1, whole, {"watch", "wait", "unwatch"});
}

TEST(Description, SaysWhatThePluginSays) {
  test::ScriptedPlugin plugin;
  const auto description = describe(plugin.entry);
  EXPECT_EQ(description.id, "scripted");
  EXPECT_EQ(description.version, "1.2.3");
  EXPECT_THAT(description.interfaces,
              testing::ElementsAre(GH_STORE_V1, GH_KMS_V1, GH_RATE_LIMITER_V1, GH_MAIL_TRANSPORT_V1));
  EXPECT_EQ(description.settings.at(0).key, "scripted_plugin");
  EXPECT_EQ(interface_kind(description.interfaces[2]), "rate_limiter");
}

}  // namespace
}  // namespace gatehouse::plugins
