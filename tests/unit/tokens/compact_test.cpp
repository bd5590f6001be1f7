// SPDX-License-Identifier: Apache-2.0
#include "tokens/compact.h"

#include <gtest/gtest.h>

namespace gatehouse::tokens {
namespace {

TEST(Compact, HasThreeParts) {
  const auto parts = split_compact("head.pay.sign");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->header, "head");
  EXPECT_EQ(parts->payload, "pay");
  EXPECT_EQ(parts->signature, "sign");
  EXPECT_EQ(parts->signing_input, "head.pay");
}

TEST(Compact, AnyOtherNumberOfPartsAndEmptyOnesAreRefused) {
  for (const char* text : {"", ".", "..", "a", "a.", ".a", "a.b", "a.b.", "a..c", ".b.c", "..c", "a..", ".b.", "a.b.c.",
                           "a.b.c.d", "a.b.c.d.e", ".a.b.c", "a..b.c"}) {
    EXPECT_FALSE(split_compact(text)) << text;
  }
}

}  // namespace
}  // namespace gatehouse::tokens
