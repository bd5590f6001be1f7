// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"

#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>

namespace gatehouse::test {
namespace {

namespace fs = std::filesystem;

class Keyring : public ApiTest {
 protected:
  void SetUp() override {
    start();
    for (const auto& entry : fs::recursive_directory_iterator(server().state_folder())) {
      if (entry.path().filename() == "keyring") keyring_ = entry.path();
    }
    ASSERT_FALSE(keyring_.empty()) << "no file keyring in the state folder";
  }
  std::string key_ids() {
    std::string ids;
    const auto body = Json::parse(HttpClient(server().listen()).get("/.well-known/jwks.json").body);
    for (const auto& key : body["keys"].items()) ids += key["kid"].text() + ' ';
    return ids;
  }
  // The server is stopped, does not start again, and says why.
  void refused_after(const std::function<void()>& damage, const std::string& words) {
    ASSERT_EQ(server().stop(), 0);
    damage();
    const auto before = read_file(keyring_);
    try {
      server().restart();
      FAIL() << "it started";
    } catch (const std::runtime_error& refusal) {
      EXPECT_NE(std::string(refusal.what()).find(words), std::string::npos) << refusal.what();
      EXPECT_NE(std::string(refusal.what()).find("keyring"), std::string::npos) << refusal.what();
    }
    EXPECT_EQ(read_file(keyring_), before) << "the keyring was written over";
  }

  fs::path keyring_;
};

TEST_F(Keyring, IsReadableByItsOwnerOnly) {
  EXPECT_EQ(fs::status(keyring_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(fs::status(server().state_folder()).permissions(), fs::perms::owner_all);
}

TEST_F(Keyring, KeepsTheKeysOverARestart) {
  const auto before = key_ids();
  ASSERT_EQ(server().stop(), 0);
  server().restart();
  EXPECT_EQ(key_ids(), before);
}

TEST_F(Keyring, KeepsTheKeysOverAKill) {
  const auto before = key_ids();
  server().kill9();
  server().restart();
  EXPECT_EQ(key_ids(), before);
}

TEST_F(Keyring, OthersMayReadIsRefused) {
  refused_after([this] { fs::permissions(keyring_, fs::perms::others_read, fs::perm_options::add); }, "0600");
}

TEST_F(Keyring, GroupMayReadIsRefused) {
  refused_after([this] { fs::permissions(keyring_, fs::perms::group_read, fs::perm_options::add); }, "0600");
}

TEST_F(Keyring, CutShortIsRefusedAndNeverReplaced) {
  refused_after([this] { fs::resize_file(keyring_, fs::file_size(keyring_) / 2); }, "keyring");
}

TEST_F(Keyring, EmptyIsRefusedAndNeverReplaced) {
  refused_after([this] { fs::resize_file(keyring_, 0); }, "keyring");
}

TEST_F(Keyring, RubbishIsRefusedAndNeverReplaced) {
  refused_after([this] { std::ofstream(keyring_) << "not a keyring\n"; }, "keyring");
}

}  // namespace
}  // namespace gatehouse::test
