// SPDX-License-Identifier: Apache-2.0
// Hostile access tokens, row by row of the rules for JWTs (RFC 8725, RFC 7515, RFC 7519): each is refused, and each
// with the one error that tells nothing.
#include "crypto/public_key.h"
#include "forge.h"

#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::tokens {
namespace {

using std::literals::string_literals::operator""s;
using test::TestKey;
using testing::Forge;
using testing::good_payload;
using testing::Members;

struct Attack {
  const char* name;
  std::string (*token)(Forge& forge);
};

class HostileToken : public ::testing::TestWithParam<Attack> {};

TEST_P(HostileToken, IsRefusedLikeAnyOther) {
  Forge forge;
  const auto token = GetParam().token(forge);
  const auto calls = forge.kms.calls();
  const auto result = forge.verify(token);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::TokenInvalid);
  EXPECT_EQ(forge.kms.calls(), calls) << "a hostile token made the provider work";
  const auto expired_allowed = forge.verify(token, testing::now, true);
  ASSERT_FALSE(expired_allowed);
  EXPECT_EQ(expired_allowed.error().code, Code::TokenInvalid);
}

std::string name_of(const ::testing::TestParamInfo<Attack>& tested) { return tested.param.name; }

// A token with one header member set, under a right signature.
std::string with_header(Forge& forge, std::string_view name, std::string_view json) {
  return forge.sign(forge.good_header().set(name, json), good_payload());
}

// The same under a signature made with something else than our key.
std::string with_mac(Forge& forge, std::string_view secret) {
  const auto input = base64url_encode(forge.good_header().set("alg", "\"HS256\"").json()) + "." +
                     base64url_encode(good_payload().json());
  return input + "." + base64url_encode(test::hmac_sha256(secret, input));
}

std::string parts_of(const std::string& token, int header_payload_signature) {
  const auto first = token.find('.');
  const auto second = token.find('.', first + 1);
  switch (header_payload_signature) {
    case 0: return token.substr(0, first);
    case 1: return token.substr(first + 1, second - first - 1);
    default: return token.substr(second + 1);
  }
}

std::string with_signature(Forge& forge, std::string_view signature) {
  const auto token = forge.minted();
  return token.substr(0, token.rfind('.') + 1) + base64url_encode(signature);
}

std::string signature_of(const std::string& token) { return *base64url_decode(parts_of(token, 2)); }

// The bits of the last character that belong to no byte are zero; the same bytes with the lowest of them set.
std::string with_unused_bit(std::string text) {
  const std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  text.back() = alphabet[alphabet.find(text.back()) + 1];
  return text;
}

std::string pem_with_crlf(const std::string& pem) {
  std::string text;
  for (const char c : pem) text += c == '\n' ? "\r\n"s : std::string(1, c);
  return text;
}

// 3.1 one key, one algorithm; 3.2 appropriate algorithms.
INSTANTIATE_TEST_SUITE_P(
    Algorithm, HostileToken,
    ::testing::Values(Attack{"None", [](Forge& f) { return with_header(f, "alg", "\"none\""); }},
                      Attack{"NoneCapital", [](Forge& f) { return with_header(f, "alg", "\"None\""); }},
                      Attack{"NoneMixed", [](Forge& f) { return with_header(f, "alg", "\"nOnE\""); }},
                      Attack{"NoneUpper", [](Forge& f) { return with_header(f, "alg", "\"NONE\""); }},
                      Attack{"NoneUnsigned",
                             [](Forge& f) {
                               return base64url_encode(f.good_header().set("alg", "\"none\"").json()) + "." +
                                      base64url_encode(good_payload().json()) + ".";
                             }},
                      Attack{"Empty", [](Forge& f) { return with_header(f, "alg", "\"\""); }},
                      Attack{"LowerCase", [](Forge& f) { return with_header(f, "alg", "\"es256\""); }},
                      Attack{"TrailingSpace", [](Forge& f) { return with_header(f, "alg", "\"ES256 \""); }},
                      Attack{"TrailingNul", [](Forge& f) { return with_header(f, "alg", "\"ES256\\u0000\""); }},
                      Attack{"Array", [](Forge& f) { return with_header(f, "alg", "[\"ES256\"]"); }},
                      Attack{"Number", [](Forge& f) { return with_header(f, "alg", "256"); }},
                      Attack{"Null", [](Forge& f) { return with_header(f, "alg", "null"); }},
                      Attack{"Missing", [](Forge& f) { return f.sign(f.good_header().remove("alg"), good_payload()); }},
                      Attack{"Es384", [](Forge& f) { return with_header(f, "alg", "\"ES384\""); }},
                      Attack{"Ps256", [](Forge& f) { return with_header(f, "alg", "\"PS256\""); }},
                      Attack{"EdDsaWhereEs256IsConfigured",
                             [](Forge& f) { return with_header(f, "alg", "\"EdDSA\""); }},
                      Attack{"Rs256WhereEs256IsConfigured",
                             [](Forge& f) {
                               const auto input = base64url_encode(f.good_header().set("alg", "\"RS256\"").json()) +
                                                  "." + base64url_encode(good_payload().json());
                               return input + "." + base64url_encode(TestKey::rsa(3072).sign(input));
                             }},
                      Attack{"Hs256WithThePublicKeyInPem", [](Forge& f) { return with_mac(f, f.key.public_pem()); }},
                      Attack{"Hs256WithThePublicKeyInPemCrLf",
                             [](Forge& f) { return with_mac(f, pem_with_crlf(f.key.public_pem())); }},
                      Attack{"Hs256WithThePublicKeyInPemWithoutNewline",
                             [](Forge& f) {
                               auto pem = f.key.public_pem();
                               pem.pop_back();
                               return with_mac(f, pem);
                             }},
                      Attack{"Hs256WithThePublicKeyInDer", [](Forge& f) { return with_mac(f, f.key.public_der()); }},
                      Attack{"Hs256WithThePublicKeyAsJwks", [](Forge& f) { return with_mac(f, f.tokens.jwks()); }},
                      Attack{"Hs256WithAnEmptyKey", [](Forge& f) { return with_mac(f, ""); }}),
    name_of);

// 3.2, 3.3: another of our keys, and signatures that are none.
INSTANTIATE_TEST_SUITE_P(
    Signature, HostileToken,
    ::testing::Values(
        Attack{"OfAnotherOfOurKeysWithTheKidSwapped",
               [](Forge& f) {
                 const auto header = f.good_header();
                 const auto other = TestKey::es256(2);
                 f.kms.rotate(access_purpose, GH_ALG_ES256, other);
                 EXPECT_TRUE(f.tokens.reload_keys(test::call_at(testing::now)));
                 const auto input = base64url_encode(header.json()) + "." + base64url_encode(good_payload().json());
                 return input + "." + base64url_encode(other.sign(input));
               }},
        Attack{"OfAStranger",
               [](Forge& f) {
                 const auto input =
                     base64url_encode(f.good_header().json()) + "." + base64url_encode(good_payload().json());
                 return input + "." + base64url_encode(TestKey::es256(99).sign(input));
               }},
        Attack{"OfAnotherToken",
               [](Forge& f) {
                 auto claims = testing::claims_at(testing::now);
                 const auto token = f.minted(claims);
                 claims.role = "admin";
                 const auto other = f.minted(claims);
                 return parts_of(other, 0) + "." + parts_of(other, 1) + "." + parts_of(token, 2);
               }},
        Attack{"Empty", [](Forge& f) { return with_signature(f, ""); }},
        Attack{"NullBytes", [](Forge& f) { return with_signature(f, std::string(64, '\0')); }},
        Attack{"Truncated", [](Forge& f) { return with_signature(f, signature_of(f.minted()).substr(0, 63)); }},
        Attack{"Halved", [](Forge& f) { return with_signature(f, signature_of(f.minted()).substr(0, 32)); }},
        Attack{"Extended", [](Forge& f) { return f.minted() + "AA"; }},
        Attack{"ExtendedByNul", [](Forge& f) { return with_signature(f, signature_of(f.minted()) + '\0'); }},
        Attack{"WithZeroR", [](Forge& f) { return with_signature(f, std::string(32, '\0') + std::string(32, '\1')); }},
        Attack{"WithZeroS", [](Forge& f) { return with_signature(f, std::string(32, '\1') + std::string(32, '\0')); }},
        Attack{"WithRAndSAtTheOrder",
               [](Forge& f) {
                 const auto n = *base64url_decode("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE");
                 return with_signature(f, n + n);
               }},
        Attack{"WithRAndSBelowTheOrder",
               [](Forge& f) {
                 auto n = *base64url_decode("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE");
                 --n.back();
                 return with_signature(f, n + n);
               }},
        Attack{"InDerForm",
               [](Forge& f) {
                 const auto token = f.minted();
                 return token.substr(0, token.rfind('.') + 1) +
                        base64url_encode(TestKey::ecdsa_der(signature_of(token)));
               }}),
    name_of);

// 3.6 no compression, no encryption; 4.1.11 crit; 3.10 keys that the token brings along.
INSTANTIATE_TEST_SUITE_P(
    HeaderMember, HostileToken,
    ::testing::Values(
        Attack{"Zip", [](Forge& f) { return with_header(f, "zip", "\"DEF\""); }},
        Attack{"Enc", [](Forge& f) { return with_header(f, "enc", "\"A128GCM\""); }},
        Attack{"Pbes2Count",
               [](Forge& f) {
                 return f.sign(
                     f.good_header().set("alg", "\"PBES2-HS256+A128KW\"").add("p2c", "2147483648").add("p2s", "\"AA\""),
                     good_payload());
               }},
        Attack{"UnknownCrit", [](Forge& f) { return with_header(f, "crit", "[\"exp\"]"); }},
        Attack{"EmptyCrit", [](Forge& f) { return with_header(f, "crit", "[]"); }},
        Attack{"CritNamingAStandardMember", [](Forge& f) { return with_header(f, "crit", "[\"alg\"]"); }},
        Attack{"UnencodedPayload",
               [](Forge& f) {
                 return f.sign(f.good_header().add("crit", "[\"b64\"]").add("b64", "false"), good_payload());
               }},
        Attack{"B64Alone", [](Forge& f) { return with_header(f, "b64", "false"); }},
        Attack{"Jku", [](Forge& f) { return with_header(f, "jku", "\"http://127.0.0.1:9/jwks.json\""); }},
        Attack{"X5u", [](Forge& f) { return with_header(f, "x5u", "\"http://127.0.0.1:9/cert.pem\""); }},
        Attack{"X5c", [](Forge& f) { return with_header(f, "x5c", "[\"MIIB\"]"); }},
        Attack{"X5t", [](Forge& f) { return with_header(f, "x5t", "\"AAAA\""); }},
        Attack{"Jwk",
               [](Forge& f) {
                 // The attacker's own key, inline, and a token it signed.
                 const auto key =
                     crypto::PublicKey::load(crypto::SignatureAlgorithm::ES256, TestKey::es256(99).public_der());
                 const auto input = base64url_encode(f.good_header().add("jwk", key->jwk()).json()) + "." +
                                    base64url_encode(good_payload().json());
                 return input + "." + base64url_encode(TestKey::es256(99).sign(input));
               }},
        Attack{"Cty", [](Forge& f) { return with_header(f, "cty", "\"JWT\""); }},
        Attack{"Unknown", [](Forge& f) { return with_header(f, "x", "1"); }}),
    name_of);

// 3.10 kid.
INSTANTIATE_TEST_SUITE_P(
    KeyId, HostileToken,
    ::testing::Values(
        Attack{"Unknown", [](Forge& f) { return with_header(f, "kid", "\"unknown\""); }},
        Attack{"Empty", [](Forge& f) { return with_header(f, "kid", "\"\""); }},
        Attack{"Path", [](Forge& f) { return with_header(f, "kid", "\"../../etc/passwd\""); }},
        Attack{"DevNull", [](Forge& f) { return with_header(f, "kid", "\"/dev/null\""); }},
        Attack{"Sql", [](Forge& f) { return with_header(f, "kid", "\"' UNION SELECT 'key\""); }},
        Attack{"Url", [](Forge& f) { return with_header(f, "kid", "\"http://127.0.0.1:9/\""); }},
        Attack{"Nul", [](Forge& f) { return with_header(f, "kid", "\"" + f.kid() + "\\u0000\""); }},
        Attack{"Prefix", [](Forge& f) { return with_header(f, "kid", "\"" + f.kid().substr(0, 42) + "\""); }},
        Attack{"Longer", [](Forge& f) { return with_header(f, "kid", "\"" + f.kid() + "A\""); }},
        Attack{"SixtyFourKib", [](Forge& f) { return with_header(f, "kid", "\"" + std::string(65'536, 'k') + "\""); }},
        Attack{"FourKib", [](Forge& f) { return with_header(f, "kid", "\"" + std::string(4'096, 'k') + "\""); }},
        Attack{"Object", [](Forge& f) { return with_header(f, "kid", "{\"" + f.kid() + "\":1}"); }},
        Attack{"Array", [](Forge& f) { return with_header(f, "kid", "[\"" + f.kid() + "\"]"); }},
        Attack{"Number", [](Forge& f) { return with_header(f, "kid", "1"); }},
        Attack{"Hmac", [](Forge& f) { return with_header(f, "kid", "\"hs-1\""); }},
        Attack{"Missing", [](Forge& f) { return f.sign(f.good_header().remove("kid"), good_payload()); }}),
    name_of);

// 3.11, 3.12 explicit typing.
INSTANTIATE_TEST_SUITE_P(
    Type, HostileToken,
    ::testing::Values(
        Attack{"Jwt", [](Forge& f) { return with_header(f, "typ", "\"JWT\""); }},
        Attack{"MediaType", [](Forge& f) { return with_header(f, "typ", "\"application/at+jwt\""); }},
        Attack{"UpperCase", [](Forge& f) { return with_header(f, "typ", "\"AT+JWT\""); }},
        Attack{"RefreshToken", [](Forge& f) { return with_header(f, "typ", "\"rt+jwt\""); }},
        Attack{"Array", [](Forge& f) { return with_header(f, "typ", "[\"at+jwt\"]"); }},
        Attack{"Missing", [](Forge& f) { return f.sign(f.good_header().remove("typ"), good_payload()); }},
        Attack{"ClaimRefresh",
               [](Forge& f) { return f.sign(f.good_header(), good_payload().set("type", "\"refresh\"")); }},
        Attack{"ClaimVerification",
               [](Forge& f) { return f.sign(f.good_header(), good_payload().set("type", "\"verify_email\"")); }},
        Attack{"ClaimMissing", [](Forge& f) { return f.sign(f.good_header(), good_payload().remove("type")); }}),
    name_of);

// RFC 7515 7.1 and the encoding.
INSTANTIATE_TEST_SUITE_P(
    Structure, HostileToken,
    ::testing::Values(
        Attack{"Empty", [](Forge&) { return ""s; }},
        Attack{"OneSegment", [](Forge& f) { return parts_of(f.minted(), 0); }},
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
        Attack{"NoPayload", [](Forge& f) { return parts_of(f.minted(), 0) + ".." + parts_of(f.minted(), 2); }},
        Attack{"JsonSerialisation",
               [](Forge& f) {
                 const auto token = f.minted();
                 return R"({"protected":")" + parts_of(token, 0) + R"(","payload":")" + parts_of(token, 1) +
                        R"(","signature":")" + parts_of(token, 2) + R"("})";
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
                 return parts_of(f.minted(), 0) + ". " + parts_of(f.minted(), 1) + "." + parts_of(f.minted(), 2);
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
                 return parts_of(f.minted(), 0) + "%2E" + parts_of(f.minted(), 1) + "." + parts_of(f.minted(), 2);
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
               [](Forge& f) { return f.sign(f.good_header(), good_payload().set("iat", "1800000001")); }},
        Attack{"NotYetValid",
               [](Forge& f) { return f.sign(f.good_header(), good_payload().set("nbf", "1800000001")); }},
        Attack{"PermissionsAsText",
               [](Forge& f) { return f.sign(f.good_header(), good_payload().set("permissions", "\"*\"")); }},
        Attack{"PermissionsWithANumber",
               [](Forge& f) { return f.sign(f.good_header(), good_payload().set("permissions", "[\"*\",1]")); }}),
    name_of);

TEST(Forgery, IsAcceptedWhenNothingIsWrongWithIt) {
  Forge forge;
  EXPECT_TRUE(forge.verify(forge.sign(forge.good_header(), good_payload())));
  EXPECT_TRUE(forge.verify(forge.minted()));
}

// 3.2: whatever is configured, the other three are refused, each under a right signature of a key of its own.
TEST(Forgery, OnlyTheConfiguredAlgorithmIsAccepted) {
  const std::vector<std::pair<std::uint32_t, std::string>> algorithms = {
      {GH_ALG_ES256, "ES256"}, {GH_ALG_EDDSA, "EdDSA"}, {GH_ALG_RS256, "RS256"}, {GH_ALG_HMAC_SHA256, "HS256"}};
  std::vector<TestKey> keys;
  for (const auto& [algorithm, name] : algorithms) keys.push_back(Forge::key_for(algorithm, 1));
  for (const auto configured : {GH_ALG_EDDSA, GH_ALG_ES256, GH_ALG_HMAC_SHA256}) {
    Forge forge(configured);
    for (std::size_t i = 0; i < algorithms.size(); ++i) {
      const auto input = base64url_encode(forge.good_header().set("alg", "\"" + algorithms[i].second + "\"").json()) +
                         "." + base64url_encode(good_payload().json());
      const auto token = input + "." + base64url_encode(keys[i].sign(input));
      EXPECT_EQ(forge.verify(token).has_value(), algorithms[i].first == configured)
          << configured << algorithms[i].second;
    }
  }
}

TEST(Forgery, EveryFlippedBitIsRefused) {
  Forge forge(GH_ALG_EDDSA);
  const auto token = forge.minted();
  for (std::size_t bit = 0; bit < token.size() * 8; ++bit) {
    auto flipped = token;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const auto result = forge.verify(flipped);
    ASSERT_FALSE(result) << bit;
    EXPECT_EQ(result.error().code, Code::TokenInvalid) << bit;
  }
}

TEST(Forgery, EveryTruncationIsRefused) {
  Forge forge(GH_ALG_EDDSA);
  const auto token = forge.minted();
  for (std::size_t size = 0; size < token.size(); ++size) {
    EXPECT_FALSE(forge.verify(std::string_view(token).substr(0, size))) << size;
    EXPECT_FALSE(forge.verify(std::string_view(token).substr(token.size() - size))) << size;
  }
}

TEST(Forgery, UnknownKeyIdsNeverReachTheProvider) {
  Forge forge;
  const auto header = forge.good_header();
  const auto calls = forge.kms.calls();
  for (int i = 0; i < 100'000; ++i) {
    const auto text = "{\"alg\":\"ES256\",\"kid\":\"" + std::to_string(i) + "\",\"typ\":\"at+jwt\"}";
    ASSERT_FALSE(forge.verify(base64url_encode(text) + ".e30.AAAA"));
  }
  EXPECT_EQ(forge.kms.calls(), calls);
}

}  // namespace
}  // namespace gatehouse::tokens
