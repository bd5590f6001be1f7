// SPDX-License-Identifier: Apache-2.0
#include "accounts/names.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>

namespace gatehouse::accounts {
namespace {

std::string error_code(const Result<std::string>& result) {
  if (result) return "(taken)";
  EXPECT_EQ(result.error().code, Code::ValidationFailed);
  EXPECT_EQ(result.error().fields.size(), 1U);
  return result.error().fields.at(0).code;
}

struct Row {
  const char* name;
  std::string typed;
  std::string result;  // what is kept, or the code of the refusal
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

class Names : public testing::TestWithParam<Row> {};

TEST_P(Names, AreKeptOrRefusedAsTheTableSays) {
  const auto name = parse_name(GetParam().typed, "/firstName");
  EXPECT_EQ(name ? *name : error_code(name), GetParam().result);
}

std::string accents(int count, std::string_view spelling) {
  std::string text;
  for (int i = 0; i < count; ++i) text += spelling;
  return text;
}

INSTANTIATE_TEST_SUITE_P(
    Accounts, Names,
    testing::Values(
        Row{"Plain", "Ada", "Ada"}, Row{"Trimmed", "\u3000 Ada \t", "Ada"}, Row{"InnerSpace", "Ada King", "Ada King"},
        Row{"Apostrophe", "O'Brien", "O'Brien"}, Row{"Composed", "Jose\u0301", "Jos\u00E9"},
        Row{"OtherScripts", "\u05D0\u05D3\u05D4 \u963F\u8FBE", "\u05D0\u05D3\u05D4 \u963F\u8FBE"},
        Row{"OneCharacter", "\u738B", "\u738B"}, Row{"Hundred", std::string(100, 'a'), std::string(100, 'a')},
        Row{"HundredAfterComposing", accents(100, "e\u0301"), accents(100, "\u00E9")},
        Row{"HundredAndOne", std::string(101, 'a'), "NAME_TOO_LONG"},
        Row{"HundredAndOneAfterComposing", accents(101, "e\u0301"), "NAME_TOO_LONG"},
        Row{"Megabyte", std::string(1 << 20, 'a'), "NAME_TOO_LONG"}, Row{"Empty", "", "NAME_EMPTY"},
        Row{"OnlySpace", " \u00A0\t", "NAME_EMPTY"}, Row{"LineBreak", "Ada\nLovelace", "NAME_INVALID_CHARACTERS"},
        Row{"Nul", std::string("A\0da", 4), "NAME_INVALID_CHARACTERS"},
        Row{"Escape", "\x1B[31mAda", "NAME_INVALID_CHARACTERS"},
        Row{"BidiOverride", "Ada\u202Eevil", "NAME_INVALID_CHARACTERS"},
        Row{"BidiMark", "Ada\u200F", "NAME_INVALID_CHARACTERS"},
        Row{"ZeroWidth", "A\u200Bda", "NAME_INVALID_CHARACTERS"},
        Row{"OnlyZeroWidth", "\u200B\u2060", "NAME_INVALID_CHARACTERS"},
        Row{"LineSeparator", "Ada\u2028Lovelace", "NAME_INVALID_CHARACTERS"},
        Row{"Unassigned", "Ada\u0378", "NAME_INVALID_CHARACTERS"},
        Row{"BadUtf8", "Ada\xFF", "NAME_INVALID_CHARACTERS"}),
    [](const auto& test) { return test.param.name; });

TEST(Names, PointAtTheFieldTheyWereGiven) {
  const auto name = parse_name("", "/lastName");
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().fields[0].pointer, "/lastName");
}

class Phones : public testing::TestWithParam<Row> {};

TEST_P(Phones, AreKeptOrRefusedAsTheTableSays) {
  const auto phone = parse_phone(GetParam().typed);
  EXPECT_EQ(phone ? *phone : error_code(phone), GetParam().result);
}

INSTANTIATE_TEST_SUITE_P(
    Accounts, Phones,
    testing::Values(
        Row{"International", "+49 (30) 123-45.67", "+49301234567"}, Row{"National", "030/1234567", "0301234567"},
        Row{"FullWidth", "\uFF0B\uFF14\uFF19\uFF13\uFF10\uFF11\uFF12\uFF13\uFF14\uFF15", "+493012345"},
        Row{"SevenDigits", "1234567", "1234567"}, Row{"SixDigits", "123456", "PHONE_INVALID"},
        Row{"FifteenDigits", "+123456789012345", "+123456789012345"},
        Row{"SixteenDigits", "+1234567890123456", "PHONE_INVALID"}, Row{"Empty", "", "PHONE_INVALID"},
        Row{"PlusInside", "49+301234567", "PHONE_INVALID"}, Row{"TwoPluses", "++49301234567", "PHONE_INVALID"},
        Row{"Letters", "+49 CALL ME 30", "PHONE_INVALID"}, Row{"LineBreak", "+4930\n1234567", "PHONE_INVALID"},
        Row{"ZeroWidth", "+4930\u200B1234567", "PHONE_INVALID"},
        Row{"OtherDigits", "+\u0664\u0669\u0663\u0660\u0661\u0662\u0663\u0664", "PHONE_INVALID"},
        Row{"BadUtf8",
            "+4930123\xFF"
            "4567",
            "PHONE_INVALID"}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace gatehouse::accounts
