// SPDX-License-Identifier: Apache-2.0
#include "app/scaffold.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

namespace gatehouse::app {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string& text_of(const std::vector<ProjectFile>& project, std::string_view path) {
  const auto found = std::find_if(project.begin(), project.end(), [&](const auto& file) { return file.path == path; });
  EXPECT_NE(found, project.end()) << path;
  return found->text;
}

struct Template {
  PluginKind kind;
  PluginLanguage language;
};
void PrintTo(const Template& which, std::ostream* out) {
  *out << language_word(which.language) << "/" << kind_word(which.kind);
}

class EveryTemplate : public testing::TestWithParam<Template> {
 protected:
  static std::vector<ProjectFile> project(std::string_view name) {
    const auto [kind, language] = GetParam();
    return plugin_project(kind, language, name).value();
  }
};

TEST_P(EveryTemplate, HasABuildAConfigurationAndAReadme) {
  const auto files = project("acme-x");
  EXPECT_THAT(text_of(files, "CMakeLists.txt"), HasSubstr("gatehouse_add_plugin(acme-x SOURCES"));
  EXPECT_THAT(text_of(files, "dev.toml.in"), HasSubstr("lib/gatehouse/acme-x.so"));
  EXPECT_THAT(text_of(files, "README.md"), HasSubstr("# acme-x\n"));
}

TEST_P(EveryTemplate, HoldsNothingOfTheExampleAndOfItsLicence) {
  for (const auto& file : project("acme-x")) {
    EXPECT_THAT(file.text, Not(HasSubstr("example"))) << file.path;
    EXPECT_THAT(file.text, Not(HasSubstr("SPDX"))) << file.path;
    EXPECT_FALSE(std::isspace(static_cast<unsigned char>(file.text.front()))) << file.path;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table, EveryTemplate,
    testing::Values(Template{PluginKind::Store, PluginLanguage::Cpp}, Template{PluginKind::Kms, PluginLanguage::Cpp},
                    Template{PluginKind::Limiter, PluginLanguage::Cpp}, Template{PluginKind::Mail, PluginLanguage::Cpp},
                    Template{PluginKind::Kms, PluginLanguage::C}, Template{PluginKind::Limiter, PluginLanguage::C},
                    Template{PluginKind::Mail, PluginLanguage::C}));

TEST(PluginProject, MakesIdentifiersThatNoKeywordCanBe) {
  const auto project = plugin_project(PluginKind::Limiter, PluginLanguage::Cpp, "double").value();
  EXPECT_THAT(text_of(project, "plugin.cpp"), HasSubstr("namespace double_plugin {"));
  EXPECT_THAT(text_of(plugin_project(PluginKind::Mail, PluginLanguage::Cpp, "a-b-c").value(), "plugin.cpp"),
              HasSubstr("namespace a_b_c_plugin {"));
}

TEST(PluginProject, SaysWhichLanguagesThereAre) {
  const auto store = plugin_project(PluginKind::Store, PluginLanguage::C, "acme");
  ASSERT_FALSE(store);
  EXPECT_THAT(store.error(), HasSubstr("no template for the kind store in the language c; there is: cpp"));
}

TEST(PluginProject, TakesOnlyNamesThatAreIds) {
  for (const auto* name : {"", "Acme", "-acme", "acme-", "a--b", "1acme", "../x", "a b", "a_b", "a/b"}) {
    EXPECT_FALSE(plugin_project(PluginKind::Mail, PluginLanguage::C, name)) << name;
  }
  EXPECT_TRUE(plugin_project(PluginKind::Mail, PluginLanguage::C, std::string(40, 'a')));
  EXPECT_FALSE(plugin_project(PluginKind::Mail, PluginLanguage::C, std::string(41, 'a')));
}

TEST(PluginProject, RefusesNamesThatCMakeUses) {
  for (const auto* name : {"test", "all", "install", "clean", "help", "package"}) {
    const auto project = plugin_project(PluginKind::Mail, PluginLanguage::C, name);
    ASSERT_FALSE(project) << name;
    EXPECT_THAT(project.error(), HasSubstr("such as acme-" + std::string(name)));
  }
  EXPECT_TRUE(plugin_project(PluginKind::Mail, PluginLanguage::C, "test-mail"));
}

TEST(PluginProject, RefusesTheNameOfEveryPluginThatComesWithTheServer) {
  std::size_t shipped = 0;
  for (const auto& entry : std::filesystem::directory_iterator(GATEHOUSE_SOURCE_DIR "/plugins")) {
    if (!std::filesystem::exists(entry.path() / "plugin.cpp")) continue;
    ++shipped;
    const auto name = entry.path().filename().string();
    const auto project = plugin_project(PluginKind::Mail, PluginLanguage::C, name);
    ASSERT_FALSE(project) << name;
    EXPECT_THAT(project.error(), HasSubstr("comes with a plugin of that name"));
  }
  EXPECT_EQ(shipped, shipped_plugins().size());
}

}  // namespace
}  // namespace gatehouse::app
