// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "unit/kms-local/plugin_instance.h"

#include <gatehouse/kms.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

// One instance of a key provider, used through its C table.
class KmsClient {
 public:
  KmsClient(const gh_plugin& entry, FakeHost& host, const Settings& settings)
      : instance_(entry, host, settings), kms_(static_cast<const gh_kms_v1*>(instance_.table(GH_KMS_V1))) {}

  Answer start() {
    TestCall call(now_us, deadline_ns);
    Answer answer;
    answer.status = instance_.start(call);
    answer.explanation = call.explanation;
    return answer;
  }
  gh_status drain() {
    TestCall call(now_us, deadline_ns);
    return instance_.drain(call);
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
    answer.explanation = call.explanation;
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

}  // namespace gatehouse::test
