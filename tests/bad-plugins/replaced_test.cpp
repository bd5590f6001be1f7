// SPDX-License-Identifier: Apache-2.0
#include "fault_table.h"
#include "support/api_test.h"
#include "support/command_line.h"

#include <filesystem>
#include <fstream>

namespace gatehouse::test {
namespace {

namespace fs = std::filesystem;

class PluginReplaced : public ApiTest {
 protected:
  void SetUp() override {
    plugin_ = folder_.path() / "store-memory.so";
    fs::copy_file(plugin_folder() / "store-memory.so", plugin_);
    fs::permissions(plugin_, fs::perms::owner_all);
    start({.more = blocks()});
  }

  std::string blocks() const {
    std::string text = "storage.default = [\"memory\"]\nrate_limit.limiter = \"memory\"\nkeys.provider = \"keys\"\n";
    text += "mail.deliver_via = [\"outbox\"]\n";
    text += "[[plugin]]\nname = \"memory\"\nlibrary = \"" + plugin_.string() + "\"\n";
    for (const auto& [name, file] : {std::pair{"keys", "kms-local.so"}, std::pair{"outbox", "mail-outbox.so"}}) {
      text +=
          std::string("[[plugin]]\nname = \"") + name + "\"\nlibrary = \"" + (plugin_folder() / file).string() + "\"\n";
    }
    return text;
  }

  const TempFolder folder_;
  fs::path plugin_;
};

// What is overwritten or cut under a plain dlopen ends the process with SIGBUS at the next call.
TEST_F(PluginReplaced, InPlaceWhileItRunsChangesNothing) {
  const auto tokens = api().signed_up(account("ada"));
  std::ofstream(plugin_, std::ios::binary | std::ios::trunc) << "gone";
  fs::resize_file(plugin_, 0);
  for (int i = 0; i < 50; ++i) ASSERT_EQ(api().user(tokens.access).status, 200);
  EXPECT_EQ(api().signup(account("bob")).status, 201);
  EXPECT_EQ(api().refresh(tokens.refresh).status, 200);
  EXPECT_EQ(fault_row("replaced").does, "serves on");
}

}  // namespace
}  // namespace gatehouse::test
