// SPDX-License-Identifier: Apache-2.0
#include "providers/keys.h"

#include "plugins/interfaces.h"

#include "provider_fixture.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <vector>

namespace gatehouse::providers {
namespace {

using testing::HasSubstr;

gh_key_info key(std::uint32_t version, std::uint32_t state) {
  return {sizeof(gh_key_info), version, GH_ALG_ES256, state, 77, slice("DER"), 0};
}

class KeysTest : public ProviderTest {
 protected:
  KeysTest() : ProviderTest(GH_KMS_V1), keys(*instance) {}

  std::string list_of(std::vector<gh_key_info> infos, gh_status status = GH_OK) {
    plugin.on_keys = [=](const gh_call&, const gh_key_sink& sink) {
      for (const auto& info : infos) sink.put(sink.context, &info);
      return status;
    };
    return outcome(keys.list("access", call()));
  }
  // What sign() comes to when the plugin hands over `parts` and says it used `used`.
  std::string sign_of(std::vector<std::string> parts, std::uint32_t used, std::uint32_t asked = 0) {
    plugin.on_sign = [=](const gh_call&, std::uint32_t, const gh_bytes_sink& sink, std::uint32_t& out) {
      for (const auto& part : parts) sink.put(sink.context, slice(part));
      out = used;
      return GH_OK;
    };
    return outcome(keys.sign("access", asked, "message", call()));
  }
  std::string mac_of(std::uint8_t fill, std::uint32_t used, std::uint32_t asked = 0) {
    plugin.on_mac = [=](const gh_call&, std::uint32_t, std::uint8_t* out, std::uint32_t& version) {
      std::fill_n(out, 32, fill);
      version = used;
      return GH_OK;
    };
    return outcome(keys.mac("refresh", asked, "message", call()));
  }

  Keys keys;
};

TEST_F(KeysTest, ListGivesEveryKeyAsItIs) {
  plugin.on_keys = [](const gh_call&, const gh_key_sink& sink) {
    const auto first = key(1, GH_KEY_ACTIVE);
    const auto second = key(2, GH_KEY_CURRENT);
    sink.put(sink.context, &first);
    sink.put(sink.context, &second);
    return GH_OK;
  };
  const auto list = keys.list("access", call());
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 2u);
  EXPECT_EQ(list->at(1).version, 2u);
  EXPECT_EQ(list->at(1).state, KeyState::Current);
  EXPECT_EQ(list->at(1).algorithm, Algorithm::ES256);
  EXPECT_EQ(list->at(1).created.time_since_epoch().count(), 77);
  EXPECT_EQ(list->at(1).public_key, "DER");
}

TEST_F(KeysTest, RefusesAListThatCannotBe) {
  const auto changed = [](const std::function<void(gh_key_info&)>& change) {
    auto info = key(1, GH_KEY_CURRENT);
    change(info);
    return std::vector{info};
  };
  EXPECT_EQ(list_of({key(1, GH_KEY_CURRENT)}), "ok");
  EXPECT_EQ(list_of(changed([](auto& k) { k.version = 0; })), "INTERNAL_ERROR");
  EXPECT_EQ(list_of(changed([](auto& k) { k.algorithm = 0; })), "INTERNAL_ERROR");
  EXPECT_EQ(list_of(changed([](auto& k) { k.algorithm = 5; })), "INTERNAL_ERROR");
  EXPECT_EQ(list_of(changed([](auto& k) { k.state = 0; })), "INTERNAL_ERROR");
  EXPECT_EQ(list_of(changed([](auto& k) { k.state = 5; })), "INTERNAL_ERROR");
  EXPECT_EQ(list_of(changed([](auto& k) { k.struct_size = 8; })), "INTERNAL_ERROR");
  EXPECT_EQ(list_of(changed([](auto& k) { k.public_key = {nullptr, 9}; })), "INTERNAL_ERROR");
  EXPECT_EQ(list_of(changed([](auto& k) { k.public_key.size = UINT64_MAX; })), "INTERNAL_ERROR");
  EXPECT_EQ(list_of(changed([](auto& k) { k.public_key = {}; })), "INTERNAL_ERROR")
      << "a signing key nobody can verify";
  EXPECT_EQ(list_of(changed([](auto& k) { k.algorithm = GH_ALG_HMAC_SHA256; })), "INTERNAL_ERROR")
      << "a public HMAC key";
  EXPECT_EQ(list_of({key(1, GH_KEY_CURRENT), key(2, GH_KEY_CURRENT)}), "INTERNAL_ERROR") << "two current ones";
  EXPECT_EQ(list_of({key(2, GH_KEY_ACTIVE), key(1, GH_KEY_CURRENT)}), "INTERNAL_ERROR") << "not oldest first";
  EXPECT_EQ(list_of({key(1, GH_KEY_ACTIVE), key(1, GH_KEY_CURRENT)}), "INTERNAL_ERROR") << "one version twice";
  auto other = key(2, GH_KEY_CURRENT);
  other.algorithm = GH_ALG_EDDSA;
  EXPECT_EQ(list_of({key(1, GH_KEY_ACTIVE), other}), "ok") << "a version has its own algorithm";
  EXPECT_EQ(list_of({}), "INTERNAL_ERROR") << "ok, without a key";
  EXPECT_EQ(list_of({key(1, GH_KEY_CURRENT)}, GH_NOT_FOUND), "INTERNAL_ERROR") << "not found, with a key";
  EXPECT_EQ(list_of({key(1, GH_KEY_CURRENT)}, GH_UNAVAILABLE), "PROVIDER_UNAVAILABLE") << "the error wins";
  EXPECT_EQ(list_of({}, GH_NOT_FOUND), "NOT_FOUND");
}

TEST_F(KeysTest, AnEndlessListIsRefused) {
  std::vector<gh_key_info> endless;
  for (std::uint32_t i = 1; i <= 2000; ++i) endless.push_back(key(i, GH_KEY_RETIRED));
  EXPECT_EQ(list_of(endless), "INTERNAL_ERROR");
}

TEST_F(KeysTest, MacIsOfTheVersionThatWasAskedFor) {
  EXPECT_EQ(mac_of(7, 3), "ok");
  EXPECT_EQ(mac_of(7, 3, 3), "ok");
  EXPECT_EQ(mac_of(7, 4, 3), "INTERNAL_ERROR") << "another version";
  EXPECT_EQ(mac_of(7, 0), "INTERNAL_ERROR") << "no version";
}

TEST_F(KeysTest, AMacThatNobodyWroteIsNone) { EXPECT_EQ(mac_of(0, 3), "INTERNAL_ERROR"); }

TEST_F(KeysTest, AFailingProviderDeniesAndAnUnknownKeyIsNotFound) {
  const std::pair<gh_status, const char*> table[] = {{GH_NOT_FOUND, "NOT_FOUND"},
                                                     {GH_UNAVAILABLE, "PROVIDER_UNAVAILABLE"},
                                                     {GH_TIMEOUT, "PROVIDER_UNAVAILABLE"},
                                                     {GH_DENIED, "PROVIDER_UNAVAILABLE"},
                                                     {GH_INVALID, "INTERNAL_ERROR"},
                                                     {GH_CONFLICT, "INTERNAL_ERROR"},
                                                     {-7, "INTERNAL_ERROR"}};
  for (const auto& [status, expected] : table) {
    // Filled in all the same: an error wins over the result that came with it.
    plugin.on_mac = [status = status](const gh_call&, std::uint32_t, std::uint8_t* out, std::uint32_t& used) {
      std::fill_n(out, 32, std::uint8_t{9});
      used = 1;
      return status;
    };
    plugin.on_sign = [status = status](const gh_call&, std::uint32_t, const gh_bytes_sink& sink, std::uint32_t& used) {
      sink.put(sink.context, slice(std::string(64, 's')));
      used = 1;
      return status;
    };
    EXPECT_EQ(outcome(keys.mac("refresh", 0, "m", call())), expected) << status;
    EXPECT_EQ(outcome(keys.sign("access", 0, "m", call())), expected) << status;
  }
}

TEST_F(KeysTest, ASignatureHasTheLengthOfSomeAlgorithm) {
  for (const std::size_t size : {64u, 384u, 512u}) EXPECT_EQ(sign_of({std::string(size, 's')}, 1), "ok") << size;
  for (const std::size_t size : {0u, 1u, 63u, 65u, 256u, 3000u}) {
    EXPECT_EQ(sign_of({std::string(size, 's')}, 1), "INTERNAL_ERROR") << size;
  }
}

TEST_F(KeysTest, RefusesASignatureThatCannotBe) {
  EXPECT_EQ(sign_of({}, 1), "INTERNAL_ERROR") << "none";
  EXPECT_EQ(sign_of({std::string(64, 'a'), std::string(64, 'b')}, 1), "INTERNAL_ERROR") << "two of them";
  EXPECT_EQ(sign_of({std::string(64, 's')}, 0), "INTERNAL_ERROR") << "of no version";
  EXPECT_EQ(sign_of({std::string(64, 's')}, 2, 1), "INTERNAL_ERROR") << "of another version";
  plugin.on_sign = [](const gh_call&, std::uint32_t, const gh_bytes_sink& sink, std::uint32_t& used) {
    sink.put(sink.context, gh_slice{nullptr, 64});
    used = 1;
    return GH_OK;
  };
  EXPECT_EQ(outcome(keys.sign("access", 0, "m", call())), "INTERNAL_ERROR") << "bytes that are not there";
}

TEST_F(KeysTest, ASignatureAfterTheCallGoesNowhere) {
  gh_bytes_sink kept{};
  plugin.on_sign = [&](const gh_call&, std::uint32_t, const gh_bytes_sink& sink, std::uint32_t&) {
    kept = sink;
    return GH_NOT_FOUND;
  };
  EXPECT_EQ(outcome(keys.sign("access", 0, "m", call())), "NOT_FOUND");
  kept.put(kept.context, slice(std::string(64, 's')));
  EXPECT_EQ(host.metric("gatehouse_plugin_misuse_total"), 1);
}

TEST_F(KeysTest, EnsureStopsTheStartInTheProvidersWords) {
  plugin.on_ensure = [](const gh_call& c, std::uint32_t algorithm) {
    EXPECT_EQ(algorithm, GH_ALG_EDDSA);
    return test::explain(c, "run gatehouse keys rotate access"), GH_NOT_FOUND;
  };
  try {
    keys.ensure("access", Algorithm::EdDSA, call());
    FAIL() << "ensured";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("no usable key for \"access\": plugin it: kms.ensure: not found: run gatehouse"));
  }
}

TEST_F(KeysTest, RotateHandsOverAlgorithmAndTime) {
  const auto from = host.clock.now() + std::chrono::seconds(300);
  plugin.on_rotate_to = [&](const gh_call&, std::uint32_t algorithm, std::int64_t from_us, std::uint32_t& version) {
    EXPECT_EQ(algorithm, GH_ALG_EDDSA);
    EXPECT_EQ(from_us, from.time_since_epoch() / std::chrono::microseconds(1));
    return version = 8, GH_OK;
  };
  const auto rotated = keys.rotate("access", Algorithm::EdDSA, from, call());
  ASSERT_TRUE(rotated);
  EXPECT_EQ(*rotated, 8u);
  plugin.on_rotate_to = [](const gh_call&, std::uint32_t, std::int64_t, std::uint32_t&) { return GH_OK; };
  EXPECT_EQ(outcome(keys.rotate("access", Algorithm::EdDSA, from, call())), "INTERNAL_ERROR") << "no version";
}

TEST_F(KeysTest, ANextKeyHasTheTimeFromWhichItSigns) {
  plugin.on_keys = [](const gh_call&, const gh_key_sink& sink) {
    auto current = key(1, GH_KEY_CURRENT);
    current.signs_from_us = 5;
    auto next = key(2, GH_KEY_NEXT);
    next.signs_from_us = 99;
    auto of_before = key(3, GH_KEY_NEXT);
    of_before.struct_size = offsetof(gh_key_info, signs_from_us);
    of_before.signs_from_us = 7;
    for (const auto* each : {&current, &next, &of_before}) sink.put(sink.context, each);
    return GH_OK;
  };
  const auto list = keys.list("access", call());
  ASSERT_TRUE(list);
  EXPECT_FALSE(list->at(0).signs_from) << "it signs";
  EXPECT_EQ(list->at(1).signs_from->time_since_epoch() / std::chrono::microseconds(1), 99);
  EXPECT_FALSE(list->at(2).signs_from) << "behind the end of what the plugin filled in";
}

// A plugin whose table ends before rotate_to.
class OldKeysTest : public ProviderTest {
 protected:
  OldKeysTest()
      : ProviderTest(GH_KMS_V1), table(*static_cast<const gh_kms_v1*>(plugins::find_interface(old.entry, GH_KMS_V1))) {
    table.struct_size = offsetof(gh_kms_v1, rotate_to);
    old.entry.interfaces = &interface;
    old.entry.interface_count = 1;
    old_instance = std::make_unique<plugins::Instance>(old.entry, old.config(), host.services(),
                                                       std::vector<std::string>{GH_KMS_V1});
    old_instance->start();
    keys.emplace(*old_instance);
    old.on_keys = [](const gh_call&, const gh_key_sink& sink) {
      const auto current = key(1, GH_KEY_CURRENT);
      sink.put(sink.context, &current);
      return GH_OK;
    };
  }

  test::ScriptedPlugin old;
  gh_kms_v1 table;
  gh_interface interface { GH_KMS_V1, &table };
  std::unique_ptr<plugins::Instance> old_instance;
  std::optional<Keys> keys;
};

TEST_F(OldKeysTest, RotatesAtOnceAndWithItsAlgorithm) {
  old.on_rotate = [](const gh_call&, std::uint32_t& version) { return version = 2, GH_OK; };
  const auto rotated = keys->rotate("access", Algorithm::ES256, call().now, call());
  ASSERT_TRUE(rotated) << rotated.error().detail;
  EXPECT_EQ(*rotated, 2u);
}

TEST_F(OldKeysTest, IsNotAskedForWhatItCannotDo) {
  old.on_rotate = [](const gh_call&, std::uint32_t&) {
    ADD_FAILURE() << "rotated";
    return GH_OK;
  };
  const auto later = keys->rotate("access", Algorithm::ES256, call().now + std::chrono::seconds(1), call());
  ASSERT_FALSE(later);
  EXPECT_THAT(later.error().detail, HasSubstr("--now"));
  const auto changed = keys->rotate("access", Algorithm::EdDSA, call().now, call());
  ASSERT_FALSE(changed);
  EXPECT_THAT(changed.error().detail, HasSubstr("algorithm"));
}

}  // namespace
}  // namespace gatehouse::providers
