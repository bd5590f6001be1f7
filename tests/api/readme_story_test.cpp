// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"
#include "support/metrics.h"
#include "support/program.h"
#include "support/temp_folder.h"

#include <sstream>

namespace gatehouse::test {
namespace {

// The fenced block after <!-- story --> in README.md.
std::string story() {
  const auto readme = read_file(GATEHOUSE_README);
  const auto mark = readme.find("<!-- story -->");
  const auto fence = readme.find("```", mark);
  const auto begin = readme.find('\n', fence) + 1;
  const auto end = readme.find("\n```", begin);
  if (mark == std::string::npos || fence == std::string::npos || end == std::string::npos) return {};
  return readme.substr(begin, end + 1 - begin);
}

std::string replaced_all(std::string text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// A curl that turns an HTTP error into a failure and writes down how each call ended, since inside a pipeline or $(...)
// the shell would lose it.
constexpr std::string_view watched_curl = R"(set -eu
curl() { command curl --fail-with-body --max-time 30 "$@" && echo 0 >>"$STORY_LOG" || { echo "failed: $*" >>"$STORY_LOG"; return 1; }; }
)";

class ReadmeStory : public ApiTest {};

TEST_F(ReadmeStory, EveryLineOfItWorks) {
  const auto text = story();
  ASSERT_NE(text.find("curl"), std::string::npos) << "README.md has no story";
  start();
  const TempFolder folder;
  const auto port = std::to_string(server().listen().port);
  const auto script = folder.write("story.sh", std::string(watched_curl) + replaced_all(text, ":8080", ':' + port));
  const auto log = folder.path() / "log";
  const auto result = run_program(
      {.arguments = {"sh", script.string()}, .environment = {{"STORY_LOG", log.string()}}, .folder = folder.path()});
  EXPECT_EQ(result.code, 0) << result.out << result.err;
  std::istringstream lines(read_file(log));
  int calls = 0;
  for (std::string line; std::getline(lines, line); ++calls) EXPECT_EQ(line, "0") << result.out << result.err;
  EXPECT_GE(calls, 6);
  // The final state: somebody signed up, logged in, refreshed and logged out, and nothing of it was taken for an
  // attack.
  const auto after = metrics();
  EXPECT_GE(metric(after, "gatehouse_signups_total"), 1);
  EXPECT_GE(metric(after, "gatehouse_logins_total"), 1);
  EXPECT_GE(metric(after, "gatehouse_refreshes_total", {R"(result="rotated")"}), 1);
  EXPECT_EQ(metric(after, "gatehouse_refreshes_total", {R"(result="reuse")"}), 0);
  EXPECT_GE(metric(after, "gatehouse_sessions_revoked_total", {R"(reason="logout")"}), 1);
}

}  // namespace
}  // namespace gatehouse::test
