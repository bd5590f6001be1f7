// SPDX-License-Identifier: Apache-2.0
#include "crypto/phc_string.h"

#include <gtest/gtest.h>
#include <string>
#include <string_view>

namespace gatehouse::crypto {
namespace {

using namespace std::string_literals;

constexpr std::string_view good =
    "$argon2id$v=19$m=65536,t=3,p=4$AAECAwQFBgcICQoLDA0ODw$9z+/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxw";

TEST(PhcString, ReadsWhatItWrites) {
  const Argon2idString parts{{19'456, 2, 1}, std::string(16, '\xFB'), std::string(32, '\x03')};
  const auto read = decode_phc(encode_phc(parts));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->parameters, parts.parameters);
  EXPECT_EQ(read->salt, parts.salt);
  EXPECT_EQ(read->hash, parts.hash);
}

TEST(PhcString, WritesWhatItReads) {
  const auto parts = decode_phc(good);
  ASSERT_TRUE(parts);
  EXPECT_EQ(encode_phc(*parts), good);
}

TEST(PhcString, EveryTruncationAndEveryInsertedByteIsRefusedOrSaysSomethingElse) {
  for (std::size_t i = 0; i < good.size(); ++i) {
    const auto shorter = std::string(good.substr(0, i));
    const auto cut = decode_phc(shorter);
    EXPECT_TRUE(!cut || encode_phc(*cut) == shorter) << shorter;
    for (int c = 0; c < 256; ++c) {
      const auto longer = std::string(good.substr(0, i)) + static_cast<char>(c) + std::string(good.substr(i));
      const auto read = decode_phc(longer);
      EXPECT_TRUE(!read || encode_phc(*read) == longer) << longer;
    }
  }
}

struct Malformed {
  const char* name;
  std::string text;
};
class MalformedPhcString : public ::testing::TestWithParam<Malformed> {};

TEST_P(MalformedPhcString, IsRefused) { EXPECT_FALSE(decode_phc(GetParam().text)); }

std::string with(std::string_view from, std::string_view to) {
  std::string text(good);
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

INSTANTIATE_TEST_SUITE_P(
    Forms, MalformedPhcString,
    ::testing::Values(
        Malformed{"Empty", ""}, Malformed{"Dollar", "$"}, Malformed{"PlainWord", "password"},
        Malformed{"Argon2i", with("argon2id", "argon2i")}, Malformed{"Argon2d", with("argon2id", "argon2d")},
        Malformed{"UpperCase", with("argon2id", "Argon2id")}, Malformed{"OldVersion", with("v=19", "v=16")},
        Malformed{"NoVersion", with("v=19$", "")}, Malformed{"LeadingZero", with("m=65536", "m=065536")},
        Malformed{"Sign", with("m=65536", "m=+65536")}, Malformed{"Negative", with("t=3", "t=-3")},
        Malformed{"Space", with("t=3", "t= 3")}, Malformed{"Hex", with("m=65536", "m=0x10000")},
        Malformed{"Overflow", with("m=65536", "m=4295032832")},
        Malformed{"OtherOrder", with("m=65536,t=3", "t=3,m=65536")}, Malformed{"MissingLanes", with(",p=4", "")},
        Malformed{"KeyId", with("p=4", "p=4,keyid=AAAA")}, Malformed{"NoMemory", with("m=65536", "m=0")},
        Malformed{"TooLittleMemory", with("m=65536", "m=31")}, Malformed{"TooMuchMemory", with("m=65536", "m=262145")},
        Malformed{"NoPass", with("t=3", "t=0")}, Malformed{"TooManyPasses", with("t=3", "t=11")},
        Malformed{"NoLane", with("p=4", "p=0")}, Malformed{"TooManyLanes", with("p=4", "p=65")},
        Malformed{"ShortSalt", with("$AAECAwQFBgcICQoLDA0ODw$", "$AAECAwQFBg$")},
        Malformed{"NoSalt", with("$AAECAwQFBgcICQoLDA0ODw$", "$$")}, Malformed{"Padding", std::string(good) + "="},
        Malformed{"UrlAlphabet", with("9z+/", "9z-_")}, Malformed{"UnusedBits", with("GBkaGxw", "GBkaGx9")},
        Malformed{"TrailingNul", std::string(good) + "\0"s}, Malformed{"NulAndMore", std::string(good) + "\0AAAA"s},
        Malformed{"TrailingNewline", std::string(good) + "\n"}, Malformed{"TrailingDollar", std::string(good) + "$"},
        Malformed{"FourthPart", std::string(good) + "$AAAA"}, Malformed{"Megabyte", std::string(1 << 20, '$')},
        Malformed{"NoHash", "$argon2id$v=19$m=65536,t=3,p=4$AAECAwQFBgcICQoLDA0ODw$"},
        Malformed{"ShortHash", "$argon2id$v=19$m=65536,t=3,p=4$AAECAwQFBgcICQoLDA0ODw$AAECAw"}),
    [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace gatehouse::crypto
