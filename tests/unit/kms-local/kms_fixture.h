// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "unit/kms-local/kms_client.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

extern "C" const gh_plugin gatehouse_plugin_kms_local;

namespace gatehouse::test {

inline constexpr std::int64_t second = 1'000'000;  // in microseconds, as settings are

// 32 bytes as base64, for a key nobody looks at.
inline constexpr std::string_view some_secret = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";
inline const std::string good_key = "refresh 1 HMAC-SHA256 current 2026-08-02T10:11:12Z " + std::string(some_secret);

class KmsLocal : public ::testing::Test {
 protected:
  std::string path() const { return (folder_.path() / "keyring").string(); }

  Settings settings(const Settings& changed = {}) const {
    Settings all = {{"keyring", path()}, {"create", true}, {"rsa_bits", std::int64_t{3072}}};
    for (const auto& [key, value] : changed) {
      std::erase_if(all, [&key = key](const auto& old) { return old.first == key && key != "hmac_secrets"; });
      all.emplace_back(key, value);
    }
    return all;
  }
  std::unique_ptr<KmsClient> make(const Settings& changed = {}) {
    return std::make_unique<KmsClient>(gatehouse_plugin_kms_local, host_, settings(changed));
  }
  std::unique_ptr<KmsClient> started(const Settings& changed = {}) {
    auto client = make(changed);
    const Answer answer = client->start();
    EXPECT_EQ(answer.status, GH_OK) << answer.explanation;
    return client;
  }

  std::string read() const {
    std::ifstream in(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(std::string_view text, mode_t mode = 0600) const {
    std::ofstream(path(), std::ios::binary | std::ios::trunc) << text;
    ::chmod(path().c_str(), mode);
  }
  // As an administrator's tool would: the new content appears under a new inode.
  void replace(std::string_view text) const {
    const std::string draft = path() + ".draft";
    std::ofstream(draft, std::ios::binary) << text;
    ::chmod(draft.c_str(), 0600);
    std::filesystem::rename(draft, path());
  }
  // A keyring of these lines, with its first and last line put around them.
  static std::string keyring(const std::vector<std::string>& keys) {
    std::string text = "gatehouse-keyring 1\n";
    for (const std::string& key : keys) text += key + "\n";
    return text + "end " + std::to_string(keys.size()) + "\n";
  }

  // What start() says. When it refuses, the file is as it was and no word of a secret is in the explanation.
  Answer start_on_this_file() {
    const std::string before = read();
    const Answer answer = make()->start();
    if (answer.status != GH_OK) {
      EXPECT_EQ(read(), before);
      EXPECT_EQ(answer.explanation.find(some_secret.substr(0, 12)), std::string::npos);
    }
    return answer;
  }

  TempFolder folder_;
  FakeHost host_;
};

}  // namespace gatehouse::test
