// SPDX-License-Identifier: Apache-2.0
#include "attack.h"

#include <gtest/gtest.h>
#include <string>

namespace gatehouse::tokens {
namespace {

using std::literals::string_literals::operator""s;
using testing::Attack;
using testing::Forge;
using testing::good_payload;
using testing::HostileToken;
using testing::name_of;
using testing::part_of;
using testing::with_header;
using testing::with_unused_bit;

// RFC 7515 7.1 and the encoding.
INSTANTIATE_TEST_SUITE_P(
    Structure, HostileToken,
    ::testing::Values(
        Attack{"Empty", [](Forge&) { return ""s; }},
        Attack{"OneSegment", [](Forge& f) { return part_of(f.minted(), 0); }},
        Attack{"TwoSegments",
               [](Forge& f) {
                 const auto token = f.minted();
                 return token.substr(0, token.rfind('.'));
               }},
        Attack{"FourSegments", [](Forge& f) { return f.minted() + ".AAAA"; }},
        Attack{"FiveSegments", [](Forge& f) { return f.minted() + ".AAAA.AAAA"; }},
        Attack{"LeadingDot", [](Forge& f) { return "." + f.minted(); }},
        Attack{"TrailingDot", [](Forge& f) { return f.minted() + "."; }},
        Attack{"OnlyDots", [](Forge&) { return ".."s; }},
        Attack{"NoHeader", [](Forge& f) { return f.minted().substr(f.minted().find('.')); }},
        Attack{"NoPayload", [](Forge& f) { return part_of(f.minted(), 0) + ".." + part_of(f.minted(), 2); }},
        Attack{"JsonSerialisation",
               [](Forge& f) {
                 const auto token = f.minted();
                 return R"({"protected":")" + part_of(token, 0) + R"(","payload":")" + part_of(token, 1) +
                        R"(","signature":")" + part_of(token, 2) + R"("})";
               }},
        Attack{"PaddedSignature", [](Forge& f) { return f.minted() + "=="; }},
        Attack{"PaddedPayload",
               [](Forge& f) {
                 const auto input = base64url_encode(f.good_header().json()) + "." +
                                    base64url_encode(good_payload().set("role", "\"user1\"").json()) + "=";
                 return input + "." + base64url_encode(f.key.sign(input));
               }},
        Attack{"StandardAlphabetInPayload",
               [](Forge& f) {
                 // "???" encodes to "Pz8_" and, in the other alphabet, "Pz8/".
                 auto payload = base64url_encode(good_payload().set("role", "\"????????????\"").json());
                 const auto at = payload.find('_');
                 EXPECT_NE(at, std::string::npos);
                 payload[at] = '/';
                 const auto input = base64url_encode(f.good_header().json()) + "." + payload;
                 return input + "." + base64url_encode(f.key.sign(input));
               }},
        Attack{"LeadingSpace", [](Forge& f) { return " " + f.minted(); }},
        Attack{"TrailingNewline", [](Forge& f) { return f.minted() + "\n"; }},
        Attack{"SpaceInside",
               [](Forge& f) {
                 return part_of(f.minted(), 0) + ". " + part_of(f.minted(), 1) + "." + part_of(f.minted(), 2);
               }},
        Attack{"NulInside", [](Forge& f) { return f.minted() + "\0"s; }},
        Attack{"UnusedBitsInSignature",
               [](Forge& f) {
                 // 64 bytes leave 4 unused bits in the last character.
                 return with_unused_bit(f.minted());
               }},
        Attack{"UnusedBitsInHeader",
               [](Forge& f) {
                 const auto header = base64url_encode(f.good_header().set("kid", "\"" + f.kid() + "\" ").json());
                 EXPECT_NE(header.size() % 4, 0U);
                 const auto input = with_unused_bit(header) + "." + base64url_encode(good_payload().json());
                 return input + "." + base64url_encode(f.key.sign(input));
               }},
        Attack{"BearerInside", [](Forge& f) { return "Bearer " + f.minted(); }},
        Attack{"PercentEncoded",
               [](Forge& f) {
                 return part_of(f.minted(), 0) + "%2E" + part_of(f.minted(), 1) + "." + part_of(f.minted(), 2);
               }}),
    name_of);

// Size: refused before any decoding.
INSTANTIATE_TEST_SUITE_P(Size, HostileToken,
                         ::testing::Values(Attack{"MegabyteOfDots", [](Forge&) { return std::string(1 << 20, '.'); }},
                                           Attack{"EightKibOfDots", [](Forge&) { return std::string(8'192, '.'); }},
                                           Attack{"MegabyteOfA", [](Forge&) { return std::string(1 << 20, 'A'); }},
                                           Attack{"RightButTooLong",
                                                  [](Forge& f) {
                                                    return f.sign(
                                                        f.good_header(),
                                                        good_payload().add("x", "\"" + std::string(8'192, 'x') + "\""));
                                                  }},
                                           Attack{"RightHeaderTooLong",
                                                  [](Forge& f) {
                                                    return f.sign(f.good_header().json() + std::string(600, ' '),
                                                                  good_payload().json());
                                                  }}),
                         name_of);

// JSON: what two readers could see differently.
INSTANTIATE_TEST_SUITE_P(
    Json, HostileToken,
    ::testing::Values(
        Attack{"DuplicateAlg", [](Forge& f) { return f.sign(f.good_header().add("alg", "\"none\""), good_payload()); }},
        Attack{"DuplicateAlgOfTheSameValue",
               [](Forge& f) { return f.sign(f.good_header().add("alg", "\"ES256\""), good_payload()); }},
        Attack{"DuplicateKid", [](Forge& f) { return f.sign(f.good_header().add("kid", "\"x\""), good_payload()); }},
        Attack{"DuplicateSub",
               [](Forge& f) { return f.sign(f.good_header(), good_payload().add("sub", "\"admin\"")); }},
        Attack{"DuplicateExp",
               [](Forge& f) { return f.sign(f.good_header(), good_payload().add("exp", "253402300799")); }},
        Attack{"DuplicateByEscape",
               [](Forge& f) { return f.sign(f.good_header(), good_payload().add("r\\u006fle", "\"admin\"")); }},
        Attack{"NulInName",
               [](Forge& f) { return f.sign(f.good_header(), good_payload().add("role\\u0000x", "\"admin\"")); }},
        Attack{"NulInNameOfHeader",
               [](Forge& f) {
                 return f.sign(f.good_header().remove("typ").add("typ\\u0000", "\"at+jwt\""), good_payload());
               }},
        Attack{"DepthTenThousand",
               [](Forge& f) {
                 return f.sign(f.good_header().json(),
                               "{\"a\":" + std::string(10'000, '[') + std::string(10'000, ']') + "}");
               }},
        Attack{"DepthInHeader",
               [](Forge& f) { return with_header(f, "kid", std::string(20, '[') + std::string(20, ']')); }},
        Attack{"DepthInPayload",
               [](Forge& f) {
                 return f.sign(f.good_header(), good_payload().add("x", std::string(20, '[') + std::string(20, ']')));
               }},
        Attack{"HeaderNotAnObject", [](Forge& f) { return f.sign("[\"ES256\"]", good_payload().json()); }},
        Attack{"HeaderTwice", [](Forge& f) { return f.sign(f.good_header().json() + "{}", good_payload().json()); }},
        Attack{"HeaderNotJson", [](Forge& f) { return f.sign("ES256", good_payload().json()); }},
        Attack{"PayloadAnArray",
               [](Forge& f) { return f.sign(f.good_header().json(), "[" + good_payload().json() + "]"); }},
        Attack{"PayloadAText", [](Forge& f) { return f.sign(f.good_header().json(), "\"sub\""); }},
        Attack{"PayloadNull", [](Forge& f) { return f.sign(f.good_header().json(), "null"); }},
        Attack{"PayloadWithTrailingNul",
               [](Forge& f) { return f.sign(f.good_header().json(), good_payload().json() + "\0"s); }},
        Attack{"PayloadWithTrailingObject",
               [](Forge& f) { return f.sign(f.good_header().json(), good_payload().json() + "{}"); }}),
    name_of);

// 3.7 UTF-8.
INSTANTIATE_TEST_SUITE_P(
    Utf8, HostileToken,
    ::testing::Values(
        Attack{"InvalidInPayload",
               [](Forge& f) { return f.sign(f.good_header(), good_payload().set("email", "\"\xFF\xFE\"")); }},
        Attack{"OverlongInPayload",
               [](Forge& f) {
                 return f.sign(f.good_header(), good_payload().set("role",
                                                                   "\"\xC1\xA1"
                                                                   "dmin\""));
               }},
        Attack{"SurrogateInPayload",
               [](Forge& f) { return f.sign(f.good_header(), good_payload().set("role", "\"\xED\xA0\x80\"")); }},
        Attack{"BomBeforePayload",
               [](Forge& f) { return f.sign(f.good_header().json(), "\xEF\xBB\xBF" + good_payload().json()); }},
        Attack{"BomBeforeHeader",
               [](Forge& f) { return f.sign("\xEF\xBB\xBF" + f.good_header().json(), good_payload().json()); }},
        Attack{"InvalidInHeader", [](Forge& f) { return with_header(f, "kid", "\"\xFF\""); }},
        Attack{"Utf16Header",
               [](Forge& f) {
                 std::string wide;
                 for (const char c : f.good_header().json()) wide += std::string(1, c) + '\0';
                 return f.sign("\xFF\xFE" + wide, good_payload().json());
               }},
        Attack{"Utf16Payload",
               [](Forge& f) {
                 std::string wide;
                 for (const char c : good_payload().json()) wide += std::string(1, c) + '\0';
                 return f.sign(f.good_header().json(), wide);
               }}),
    name_of);

// 3.8, 3.9 and the claims' types; claims_test.cpp has every member by every type.
INSTANTIATE_TEST_SUITE_P(
    Claim, HostileToken,
    ::testing::Values(
        Attack{"UnknownIssuer",
               [](Forge& f) { return f.sign(f.good_header(), good_payload().set("iss", "\"evil\"")); }},
        Attack{"MissingIssuer", [](Forge& f) { return f.sign(f.good_header(), good_payload().remove("iss")); }},
        Attack{"NumberAsSubject", [](Forge& f) { return f.sign(f.good_header(), good_payload().set("sub", "1")); }},
        Attack{"EmptySubject", [](Forge& f) { return f.sign(f.good_header(), good_payload().set("sub", "\"\"")); }},
        Attack{"MissingAudience", [](Forge& f) { return f.sign(f.good_header(), good_payload().remove("aud")); }},
        Attack{"OtherAudience",
               [](Forge& f) { return f.sign(f.good_header(), good_payload().set("aud", "\"shop\"")); }},
        Attack{"LongerAudience",
               [](Forge& f) { return f.sign(f.good_header(), good_payload().set("aud", "\"gatehouse.evil\"")); }},
        Attack{"AudienceListWithOurs",
               [](Forge& f) { return f.sign(f.good_header(), good_payload().set("aud", "[\"gatehouse\",\"shop\"]")); }},
        Attack{"AudienceListOfOursAlone",
               [](Forge& f) { return f.sign(f.good_header(), good_payload().set("aud", "[\"gatehouse\"]")); }},
        Attack{"NumberAsAudience", [](Forge& f) { return f.sign(f.good_header(), good_payload().set("aud", "[1]")); }},
        Attack{"MissingExpiry", [](Forge& f) { return f.sign(f.good_header(), good_payload().remove("exp")); }},
        Attack{"NegativeExpiry", [](Forge& f) { return f.sign(f.good_header(), good_payload().set("exp", "-1")); }},
        Attack{"FloatExpiry",
               [](Forge& f) { return f.sign(f.good_header(), good_payload().set("exp", "1800000900.5")); }},
        Attack{"ExponentExpiry", [](Forge& f) { return f.sign(f.good_header(), good_payload().set("exp", "1.8e9")); }},
        Attack{"TextExpiry",
               [](Forge& f) { return f.sign(f.good_header(), good_payload().set("exp", "\"1800000900\"")); }},
        Attack{"ExpiryOverInt64",
               [](Forge& f) { return f.sign(f.good_header(), good_payload().set("exp", "9223372036854775808")); }},
        Attack{"ExpiryInt64Max",
               [](Forge& f) { return f.sign(f.good_header(), good_payload().set("exp", "9223372036854775807")); }},
        Attack{"MadeInTheFuture",
               [](Forge& f) { return f.sign(f.good_header(), good_payload().set("iat", "1800000006")); }},
        Attack{"NotYetValid",
               [](Forge& f) { return f.sign(f.good_header(), good_payload().set("nbf", "1800000006")); }},
        Attack{"PermissionsAsText",
               [](Forge& f) { return f.sign(f.good_header(), good_payload().set("permissions", "\"*\"")); }},
        Attack{"PermissionsWithANumber",
               [](Forge& f) { return f.sign(f.good_header(), good_payload().set("permissions", "[\"*\",1]")); }}),
    name_of);

}  // namespace
}  // namespace gatehouse::tokens
