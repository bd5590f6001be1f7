// SPDX-License-Identifier: Apache-2.0
#include "crypto/digest.h"

#include "base/encoding.h"

#include <gtest/gtest.h>
#include <string>

namespace gatehouse::crypto {
namespace {

// FIPS 180-4 examples.
TEST(Digest, AgreesWithThePublishedVectors) {
  EXPECT_EQ(hex_encode(view(sha256(""))), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex_encode(view(sha256("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex_encode(view(sha256(std::string(1'000'000, 'a')))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Digest, TheFastFormGivesTheSame) {
  const Sha256 hash;
  EXPECT_EQ(hash("abc"), sha256("abc"));
  EXPECT_EQ(hash("abc"), sha256("abc"));  // and keeps nothing of the last one
  EXPECT_NE(hash(std::string_view("abc\0", 4)), sha256("abc"));
}

}  // namespace
}  // namespace gatehouse::crypto
