// SPDX-License-Identifier: Apache-2.0
#include "order_code.h"
#include "store/records.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gatehouse::store_redis {
namespace {

using namespace check::store;

std::string code(const Value& value) {
  std::string made;
  append_value(made, value.raw());
  return made;
}

void has_the_order_of_the_contract(const std::vector<Value>& values) {
  for (const Value& a : values) {
    for (const Value& b : values) {
      EXPECT_EQ(code(a) < code(b), order(a, b) < 0);
      EXPECT_EQ(code(a) == code(b), order(a, b) == 0);
    }
  }
}

TEST(OrderCode, OfNumbersIsByValueAndNullFirst) {
  has_the_order_of_the_contract({null(), integer(INT64_MIN), integer(-256), integer(-1), integer(0), integer(1),
                                 integer(255), integer(INT64_MAX)});
}

TEST(OrderCode, OfTextsIsByUnsignedBytesAndShorterFirst) {
  has_the_order_of_the_contract({null(), text(""), text(std::string("\0", 1)), text(std::string("\0\0", 2)),
                                 text(std::string("\0\xff", 2)), text("a"), text(std::string("a\0", 2)),
                                 text(std::string("a\0b", 3)), text("a\x01"), text("ab"), text("\x80"), text("\xff"),
                                 text("\xff\xff")});
}

TEST(OrderCode, NoTextIsTheBeginningOfAnother) {
  const std::vector<std::string> texts = {"", std::string("\0", 1), "a", "ab", "\xff"};
  for (const auto& a : texts) {
    for (const auto& b : texts) {
      EXPECT_EQ(text_code(b).starts_with(text_code(a)), a == b);
    }
  }
}

TEST(OrderCode, BehindAPrefixNothingBeginsWithIt) {
  EXPECT_EQ(behind("a"), "b");
  EXPECT_EQ(behind("a\xff\xff"), "b");
  EXPECT_EQ(behind("\xff"), "");
}

}  // namespace
}  // namespace gatehouse::store_redis
