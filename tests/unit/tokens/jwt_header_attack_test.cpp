// SPDX-License-Identifier: Apache-2.0
#include "attack.h"
#include "crypto/public_key.h"

#include <gtest/gtest.h>
#include <string>

namespace gatehouse::tokens {
namespace {

using test::TestKey;
using testing::Attack;
using testing::Forge;
using testing::good_payload;
using testing::HostileToken;
using testing::name_of;
using testing::part_of;
using testing::pem_with_crlf;
using testing::signature_of;
using testing::with_header;
using testing::with_mac;
using testing::with_signature;

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
                 return part_of(other, 0) + "." + part_of(other, 1) + "." + part_of(token, 2);
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

}  // namespace
}  // namespace gatehouse::tokens
