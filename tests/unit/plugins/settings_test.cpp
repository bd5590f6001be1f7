// SPDX-License-Identifier: Apache-2.0
#include "plugins/settings.h"

#include <gatehouse/sdk/config.hpp>

#include <gatehouse/plugin.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gatehouse::plugins {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string outcome(const SettingInfo& setting, const SettingValue& written) {
  const auto checked = check_setting(setting, written);
  if (const auto* problem = std::get_if<SettingProblem>(&checked)) return problem->sentence;
  const auto& value = std::get<SettingValue>(checked);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  return "text " + std::get<std::string>(value);
}

SettingInfo of_type(SettingType type) {
  SettingInfo info;
  info.key = "key";
  info.type = type;
  return info;
}

SettingValue text(const char* value) { return std::string(value); }

TEST(Settings, ADurationIsATextWithAUnit) {
  const auto setting = of_type(SettingType::Duration);
  EXPECT_EQ(outcome(setting, text("150ms")), "150000");
  EXPECT_EQ(outcome(setting, std::int64_t{150}), "expected a duration such as \"150ms\", got the integer 150");
  EXPECT_EQ(outcome(setting, text("150")), "expected a duration such as \"150ms\", got \"150\"");
}

TEST(Settings, ASizeIsATextWithAUnit) {
  const auto setting = of_type(SettingType::Size);
  EXPECT_EQ(outcome(setting, text("64MiB")), "67108864");
  EXPECT_EQ(outcome(setting, text("64MB")), "expected a size such as \"64MiB\", got \"64MB\"");
}

TEST(Settings, NumbersAndFlagsAreNotGuessedFromTexts) {
  EXPECT_EQ(outcome(of_type(SettingType::Int), std::int64_t{-3}), "-3");
  EXPECT_EQ(outcome(of_type(SettingType::Int), text("3")), "expected an integer, got \"3\"");
  EXPECT_EQ(outcome(of_type(SettingType::Bool), true), "true");
  EXPECT_EQ(outcome(of_type(SettingType::Bool), text("true")), "expected true or false, got \"true\"");
  EXPECT_EQ(outcome(of_type(SettingType::Text), std::int64_t{1}), "expected a text in quotes, got the integer 1");
}

TEST(Settings, AClosedSetIsClosed) {
  auto setting = of_type(SettingType::Text);
  setting.allowed = {"fsync", "write"};
  EXPECT_EQ(outcome(setting, text("write")), "text write");
  EXPECT_EQ(outcome(setting, text("Write")), "expected one of \"fsync\", \"write\", got \"Write\"");
}

TEST(Settings, ASecretIsNotRepeated) {
  auto setting = of_type(SettingType::Duration);
  setting.secret = true;
  EXPECT_EQ(outcome(setting, text("hunter2")), "expected a duration such as \"150ms\", got something else");
}

TEST(Settings, AnEmptyPathIsNone) {
  EXPECT_EQ(outcome(of_type(SettingType::Path), text("")), "expected a path, got \"\"");
}

constexpr sdk::Setting table[] = {
    sdk::Setting::text("mode", "How.").one_of("fast, safe").by_default("safe"),
    sdk::Setting::text("password", "The secret.").required().secret(),
    sdk::Setting::integer("shards", "How many.").by_default("64"),
    sdk::Setting::boolean("tls", "Whether.").by_default("true"),
    sdk::Setting::duration("timeout", "How long.").by_default("1s"),
    sdk::Setting::path("file", "Where.").by_default("a/../b.db"),
    sdk::Setting::text_list("hosts", "Which."),
};

gh_plugin plugin_with_table() {
  gh_plugin plugin{};
  plugin.settings = table;
  plugin.setting_count = std::size(table);
  plugin.setting_stride = sizeof(gh_setting);
  return plugin;
}

TEST(Settings, TheTableSaysAllThereIsToKnow) {
  const auto settings = settings_of(plugin_with_table());
  ASSERT_EQ(settings.size(), 7u);
  EXPECT_THAT(settings[0].allowed, ElementsAre("fast", "safe"));
  EXPECT_EQ(settings[0].default_value, "safe");
  EXPECT_TRUE(settings[1].required && settings[1].secret && !settings[1].default_value);
  EXPECT_EQ(settings[2].type, SettingType::Int);
  EXPECT_EQ(settings[4].type, SettingType::Duration);
  EXPECT_EQ(settings[5].summary, "Where.");
  EXPECT_EQ(setting_type_name(settings[6].type), "list of texts");
}

TEST(Settings, ATableOfALongerStructIsReadByItsStride) {
  struct Longer {
    gh_setting setting;
    void* from_the_future;
  };
  const Longer rows[] = {{table[0], nullptr}, {table[2], nullptr}};
  gh_plugin plugin{};
  plugin.settings = &rows[0].setting;
  plugin.setting_count = 2;
  plugin.setting_stride = sizeof(Longer);
  const auto settings = settings_of(plugin);
  EXPECT_EQ(settings[1].key, "shards");
}

std::string line(const ConfigEntry& entry) {
  const auto& value = entry.value;
  if (const auto* flag = std::get_if<bool>(&value)) return entry.key + "=" + (*flag ? "true" : "false");
  if (const auto* number = std::get_if<std::int64_t>(&value)) return entry.key + "=" + std::to_string(*number);
  return entry.key + "=" + std::get<std::string>(value);
}

std::vector<std::string> completed(std::vector<ConfigEntry> entries) {
  std::vector<std::string> lines;
  for (const auto& entry : complete_settings(settings_of(plugin_with_table()), std::move(entries), "/state")) {
    lines.push_back(line(entry));
  }
  return lines;
}

TEST(Settings, WhatTheOperatorLeftOutHasItsDefault) {
  EXPECT_THAT(completed({}), ElementsAre("mode=safe", "shards=64", "tls=true", "timeout=1000000", "file=/state/b.db"));
}

TEST(Settings, WhatTheOperatorWroteIsKept) {
  EXPECT_THAT(completed({{"mode", std::string("fast")},
                         {"shards", std::int64_t{2}},
                         {"tls", false},
                         {"file", std::string("/elsewhere/x")},
                         {"timeout", std::int64_t{5}}}),
              ElementsAre("mode=fast", "shards=2", "tls=false", "file=/elsewhere/x", "timeout=5"));
}

TEST(Settings, CompletingTwiceChangesNothing) {
  const auto settings = settings_of(plugin_with_table());
  const auto once = complete_settings(settings, {}, "/state");
  const auto twice = complete_settings(settings, once, "/state");
  ASSERT_EQ(once.size(), twice.size());
  for (std::size_t i = 0; i < once.size(); ++i) EXPECT_EQ(line(once[i]), line(twice[i]));
}

TEST(Settings, ADefaultListIsOneEntryAnElement) {
  auto setting = of_type(SettingType::TextList);
  setting.default_value = "a, b,c";
  const auto values = default_of(setting);
  ASSERT_TRUE(std::holds_alternative<std::vector<SettingValue>>(values));
  EXPECT_EQ(std::get<std::vector<SettingValue>>(values).size(), 3u);
}

TEST(Settings, ADefaultThatDoesNotFitItsTypeIsFound) {
  auto setting = of_type(SettingType::Duration);
  setting.default_value = "5";
  EXPECT_TRUE(std::holds_alternative<SettingProblem>(default_of(setting)));
}

}  // namespace
}  // namespace gatehouse::plugins
