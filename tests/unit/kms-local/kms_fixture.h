// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "unit/kms-local/plugin_instance.h"

#include <gatehouse/kms.h>
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

struct Answer {
  gh_status status = GH_INTERNAL;
  std::string bytes;
  std::uint32_t version = 0;
  std::string explanation;
};

struct ListedKey {
  std::uint32_t version;
  std::uint32_t algorithm;
  std::uint32_t state;
  std::int64_t created_us;
  std::string public_key;
  std::int64_t signs_from_us;
};

// One instance of kms-local, used through its C table.
class KmsClient {
 public:
  KmsClient(FakeHost& host, const Settings& settings)
      : instance_(gatehouse_plugin_kms_local, host, settings),
        kms_(static_cast<const gh_kms_v1*>(instance_.table(GH_KMS_V1))) {}

  Answer start() {
    TestCall call(now_us, deadline_ns);
    Answer answer;
    answer.status = instance_.start(call);
    answer.explanation = call.explanation;
    return answer;
  }
  Answer ensure(std::string_view purpose, std::uint32_t algorithm) {
    TestCall call(now_us, deadline_ns);
    Answer answer;
    answer.status = kms_->ensure(instance_.self(), call.get(), slice(purpose), algorithm);
    answer.explanation = call.explanation;
    return answer;
  }
  Answer mac(std::string_view purpose, std::uint32_t version, std::string_view message) {
    TestCall call(now_us, deadline_ns);
    Answer answer;
    std::uint8_t out[32] = {};
    answer.status =
        kms_->mac(instance_.self(), call.get(), slice(purpose), version, slice(message), out, &answer.version);
    answer.bytes.assign(reinterpret_cast<const char*>(out), sizeof out);
    answer.explanation = call.explanation;
    return answer;
  }
  Answer sign(std::string_view purpose, std::uint32_t version, std::string_view message) {
    TestCall call(now_us, deadline_ns);
    Answer answer;
    const gh_bytes_sink sink = {
        &answer.bytes, [](void* to, gh_slice bytes) { static_cast<std::string*>(to)->append(text_of(bytes)); }};
    answer.status =
        kms_->sign(instance_.self(), call.get(), slice(purpose), version, slice(message), &sink, &answer.version);
    answer.explanation = call.explanation;
    return answer;
  }
  Answer rotate(std::string_view purpose) {
    TestCall call(now_us, deadline_ns);
    Answer answer;
    answer.status = kms_->rotate(instance_.self(), call.get(), slice(purpose), &answer.version);
    answer.explanation = call.explanation;
    return answer;
  }
  Answer rotate_to(std::string_view purpose, std::uint32_t algorithm, std::int64_t from_us) {
    TestCall call(now_us, deadline_ns);
    Answer answer;
    answer.status = kms_->rotate_to(instance_.self(), call.get(), slice(purpose), algorithm, from_us, &answer.version);
    answer.explanation = call.explanation;
    return answer;
  }
  Answer ping() {
    TestCall call(now_us, deadline_ns);
    Answer answer;
    answer.status = kms_->ping(instance_.self(), call.get());
    return answer;
  }
  std::pair<gh_status, std::vector<ListedKey>> keys(std::string_view purpose) {
    TestCall call(now_us, deadline_ns);
    std::vector<ListedKey> list;
    const gh_key_sink sink = {&list, [](void* to, const gh_key_info* key) {
                                static_cast<std::vector<ListedKey>*>(to)->push_back(
                                    {key->version, key->algorithm, key->state, key->created_us,
                                     text_of(key->public_key), key->signs_from_us});
                              }};
    const gh_status status = kms_->keys(instance_.self(), call.get(), slice(purpose), &sink);
    return {status, list};
  }
  // "1 active, 2 current"
  std::string states(std::string_view purpose) {
    static constexpr const char* names[] = {"?", "next", "current", "active", "retired"};
    std::string text;
    for (const ListedKey& key : keys(purpose).second) {
      text += (text.empty() ? "" : ", ") + std::to_string(key.version) + " " + names[key.state];
    }
    return text;
  }

  std::int64_t now_us = 1'750'000'000'000'000;
  std::int64_t deadline_ns = INT64_MAX;

 private:
  PluginInstance instance_;
  const gh_kms_v1* kms_;
};

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
    return std::make_unique<KmsClient>(host_, settings(changed));
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
