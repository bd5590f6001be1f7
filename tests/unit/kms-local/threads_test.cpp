// SPDX-License-Identifier: Apache-2.0
// Written for the thread sanitizer: readers and a writer at once, on one instance and on two.
#include "unit/kms-local/kms_fixture.h"

#include <array>
#include <atomic>
#include <latch>
#include <mutex>
#include <thread>
#include <vector>

namespace gatehouse::test {
namespace {

class KmsThreads : public KmsLocal {
 protected:
  static constexpr int rotations = 20;
  static constexpr int readers = 4;
};

// What a version gave once, it gives always: to every thread, whatever is rotated meanwhile.
class MacBook {
 public:
  bool agrees(const Answer& answer) {
    const std::lock_guard lock(mutex_);
    std::string& known = macs_.at(answer.version);
    if (known.empty()) known = answer.bytes;
    return known == answer.bytes;
  }

 private:
  std::mutex mutex_;
  std::array<std::string, 64> macs_;
};

TEST_F(KmsThreads, MacsAndSignaturesGoOnWhileKeysRotate) {
  auto kms = started();
  kms->ensure("refresh", GH_ALG_HMAC_SHA256);
  kms->ensure("access", GH_ALG_ES256);
  MacBook book;
  std::latch begin(readers + 1);
  std::atomic<bool> done{false};
  std::atomic<int> wrong{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < readers; ++i) {
    threads.emplace_back([&] {
      begin.arrive_and_wait();
      std::uint32_t newest = 1;
      while (!done) {
        const Answer mac = kms->mac("refresh", 0, "m");
        // No thread ever sees the current version go back.
        if (mac.status != GH_OK || mac.version < newest || !book.agrees(mac)) ++wrong;
        newest = mac.version;
        if (!book.agrees(kms->mac("refresh", 1, "m"))) ++wrong;
        if (kms->sign("access", 0, "m").bytes.size() != 64) ++wrong;
        if (kms->keys("access").second.empty()) ++wrong;
      }
    });
  }
  begin.arrive_and_wait();
  for (int i = 0; i < rotations; ++i) {
    EXPECT_EQ(kms->rotate(i % 2 == 0 ? "refresh" : "access").status, GH_OK);
  }
  done = true;
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

TEST_F(KmsThreads, ThreadsThatRotateAtOnceLoseNoVersion) {
  auto kms = started();
  kms->ensure("refresh", GH_ALG_HMAC_SHA256);
  std::latch begin(readers);
  std::vector<std::jthread> threads;
  for (int i = 0; i < readers; ++i) {
    threads.emplace_back([&] {
      begin.arrive_and_wait();
      for (int n = 0; n < rotations / readers; ++n) EXPECT_EQ(kms->rotate("refresh").status, GH_OK);
    });
  }
  threads.clear();
  const auto keys = kms->keys("refresh").second;
  ASSERT_EQ(keys.size(), 1u + rotations);
  for (std::size_t i = 0; i < keys.size(); ++i) EXPECT_EQ(keys[i].version, i + 1);
}

TEST_F(KmsThreads, AnotherProcessRotatesUnderAServerInUse) {
  auto server = started();
  server->ensure("refresh", GH_ALG_HMAC_SHA256);
  auto tool = started();
  std::atomic<std::uint32_t> published{1};
  std::atomic<int> wrong{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < readers; ++i) {
    threads.emplace_back([&] {
      for (std::uint32_t version = 1; version <= rotations; version = published) {
        if (server->mac("refresh", version, "m").status != GH_OK) ++wrong;
      }
    });
  }
  for (int i = 0; i < rotations; ++i) published = tool->rotate("refresh").version;
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

TEST_F(KmsThreads, InstancesAreIndependentOfEachOther) {
  const auto other_path = (folder_.path() / "other").string();
  std::vector<std::jthread> threads;
  for (const std::string& file : {path(), other_path}) {
    threads.emplace_back([&, file] {
      for (int i = 0; i < 5; ++i) {
        auto kms = started({{"keyring", file}});
        EXPECT_EQ(kms->ensure("refresh", GH_ALG_HMAC_SHA256).status, GH_OK);
        EXPECT_EQ(kms->mac("refresh", 0, "m").status, GH_OK);
      }
    });
  }
}

}  // namespace
}  // namespace gatehouse::test
