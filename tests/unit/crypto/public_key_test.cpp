// SPDX-License-Identifier: Apache-2.0
#include "crypto/public_key.h"

#include "base/encoding.h"
#include "support/test_key.h"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace gatehouse::crypto {
namespace {

using namespace std::string_literals;
using test::TestKey;

const std::string ed25519_prefix = "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"s;

std::string bytes(std::string_view text) { return *base64url_decode(text); }

PublicKey loaded(SignatureAlgorithm algorithm, std::string_view der) {
  auto key = PublicKey::load(algorithm, der);
  if (!key) throw std::runtime_error(key.error().detail);
  return std::move(*key);
}

std::string p256_der(std::string_view x, std::string_view y) {
  return "\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04"s +
         std::string(x) + std::string(y);
}

// RFC 7515 A.3.
TEST(PublicKey, VerifiesTheEs256ExampleOfRfc7515) {
  const auto key = loaded(SignatureAlgorithm::ES256, p256_der(bytes("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"),
                                                              bytes("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0")));
  const auto message =
      "eyJhbGciOiJFUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl"
      "fQ";
  const auto signature =
      bytes("DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q");
  EXPECT_TRUE(key.verify(message, signature));
  EXPECT_FALSE(key.verify(message + "x"s, signature));
  EXPECT_EQ(
      key.jwk(),
      R"({"crv":"P-256","kty":"EC","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})");
}

// RFC 8037 A.2 to A.4.
TEST(PublicKey, VerifiesTheEd25519ExampleOfRfc8037) {
  const auto key =
      loaded(SignatureAlgorithm::EdDSA, ed25519_prefix + bytes("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"));
  const auto message = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
  const auto signature =
      bytes("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
  EXPECT_TRUE(key.verify(message, signature));
  EXPECT_FALSE(key.verify(message + "x"s, signature));
  EXPECT_EQ(key.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

TEST(PublicKey, VerifiesRs256AndGivesItsJwk) {
  const auto pair = TestKey::rsa(3072);
  const auto key = loaded(SignatureAlgorithm::RS256, pair.public_der());
  auto signature = pair.sign("message");
  EXPECT_TRUE(key.verify("message", signature));
  EXPECT_FALSE(key.verify("massage", signature));
  EXPECT_FALSE(key.verify("message", signature.substr(1)));
  EXPECT_FALSE(key.verify("message", signature + "\0"s));
  EXPECT_FALSE(key.verify("message", std::string(384, '\0')));
  EXPECT_FALSE(key.verify("message", std::string(384, '\xFF')));
  EXPECT_TRUE(key.jwk().starts_with(R"({"e":"AQAB","kty":"RSA","n":")")) << key.jwk();
  EXPECT_EQ(key.jwk().size(), R"({"e":"AQAB","kty":"RSA","n":""})"s.size() + 512);
}

class Es256Signature : public ::testing::Test {
 protected:
  // r and s as given; empty: those of a right signature.
  bool verifies(std::string_view r, std::string_view s) {
    return key_.verify("message", (r.empty() ? right_.substr(0, 32) : std::string(r)) +
                                      (s.empty() ? right_.substr(32) : std::string(s)));
  }
  static std::string order(int plus) {
    auto n =
        "\xFF\xFF\xFF\xFF\x00\x00\x00\x00\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xBC\xE6\xFA\xAD\xA7\x17\x9E\x84\xF3\xB9\xCA\xC2\xFC\x63\x25\x51"s;
    n.back() = static_cast<char>(n.back() + plus);
    return n;
  }

  TestKey pair_ = TestKey::es256(1);
  PublicKey key_ = loaded(SignatureAlgorithm::ES256, pair_.public_der());
  std::string right_ = pair_.sign("message");
};

TEST_F(Es256Signature, TheRightOneVerifies) { EXPECT_TRUE(verifies("", "")); }

TEST_F(Es256Signature, NumbersOutsideTheGroupAreRefused) {
  const std::string zero(32, '\0');
  const std::string ones(32, '\xFF');
  for (const auto& number : {zero, order(0), order(1), ones}) {
    EXPECT_FALSE(verifies(number, "")) << hex_encode(number);
    EXPECT_FALSE(verifies("", number)) << hex_encode(number);
    EXPECT_FALSE(verifies(number, number)) << hex_encode(number);
  }
}

TEST_F(Es256Signature, TheLastNumberOfTheGroupIsNotSpecial) {
  EXPECT_FALSE(verifies(order(-1), ""));
  EXPECT_FALSE(verifies("", order(-1)));
  EXPECT_FALSE(verifies(order(-1), order(-1)));
}

TEST_F(Es256Signature, TheDerFormIsRefused) { EXPECT_FALSE(key_.verify("message", TestKey::ecdsa_der(right_))); }

TEST_F(Es256Signature, EveryOtherLengthIsRefused) {
  EXPECT_FALSE(key_.verify("message", ""));
  EXPECT_FALSE(key_.verify("message", right_.substr(0, 63)));
  EXPECT_FALSE(key_.verify("message", right_.substr(1)));
  EXPECT_FALSE(key_.verify("message", right_ + '\0'));
  EXPECT_FALSE(key_.verify("message", '\0' + right_));
  EXPECT_FALSE(key_.verify("message", std::string(96, '\1')));
}

TEST_F(Es256Signature, EveryFlippedBitIsRefused) {
  for (std::size_t bit = 0; bit < 512; ++bit) {
    auto flipped = right_;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(key_.verify("message", flipped)) << bit;
  }
}

// What stays in the thread's queue is taken by TLS code for its own failure.
TEST_F(Es256Signature, ARefusalLeavesNothingInTheErrorQueue) {
  EXPECT_FALSE(verifies("", order(-1)));
  EXPECT_FALSE(PublicKey::load(SignatureAlgorithm::ES256, "garbage"));
  EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(PublicKey, AKeyVerifiesOnlyWhatItSigned) {
  const auto key = loaded(SignatureAlgorithm::ES256, TestKey::es256(1).public_der());
  EXPECT_FALSE(key.verify("message", TestKey::es256(2).sign("message")));
  const auto eddsa = loaded(SignatureAlgorithm::EdDSA, TestKey::eddsa(1).public_der());
  EXPECT_FALSE(eddsa.verify("message", TestKey::eddsa(2).sign("message")));
  EXPECT_FALSE(eddsa.verify("message", ""));
  EXPECT_FALSE(eddsa.verify("message", std::string(64, '\0')));
}

struct Weak {
  const char* name;
  SignatureAlgorithm algorithm;
  std::function<std::string()> der;  // made when its case runs: RSA keys take time
  const char* reason;
};
class RefusedPublicKey : public ::testing::TestWithParam<Weak> {};

TEST_P(RefusedPublicKey, IsRefusedWithItsReason) {
  const auto key = PublicKey::load(GetParam().algorithm, GetParam().der());
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().code, Code::Internal);
  EXPECT_NE(key.error().detail.find(GetParam().reason), std::string::npos) << key.error().detail;
}

// A point with its y changed is not on the curve.
std::string off_the_curve() {
  auto der = TestKey::es256(1).public_der();
  der.back() = static_cast<char>(der.back() ^ 1);
  return der;
}

std::string compressed(std::string der) {
  const char sign = (der.back() & 1) != 0 ? '\x03' : '\x02';
  der = "\x30\x39\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x22\x00"s +
        sign + der.substr(27, 32);
  return der;
}

std::string with_long_length(const std::string& der) { return "\x30\x81" + der.substr(1); }

constexpr auto es256 = SignatureAlgorithm::ES256;
constexpr auto eddsa = SignatureAlgorithm::EdDSA;
constexpr auto rs256 = SignatureAlgorithm::RS256;

INSTANTIATE_TEST_SUITE_P(
    Kinds, RefusedPublicKey,
    ::testing::Values(
        Weak{"Empty", es256, [] { return ""s; }, "no DER"}, Weak{"Garbage", es256, [] { return "garbage"s; }, "no DER"},
        Weak{"Pem", es256, [] { return TestKey::es256(1).public_pem(); }, "no DER"},
        Weak{"Megabyte", rs256, [] { return std::string(1 << 20, '0'); }, "no DER"},
        Weak{"CutShort", es256, [] { return TestKey::es256(1).public_der().substr(0, 90); }, "no DER"},
        Weak{"TrailingByte", es256, [] { return TestKey::es256(1).public_der() + '\0'; }, "bytes after"},
        Weak{"NotDer", es256, [] { return with_long_length(TestKey::es256(1).public_der()); }, "not in DER form"},
        Weak{"Compressed", es256, [] { return compressed(TestKey::es256(1).public_der()); }, "uncompressed"},
        Weak{"OffTheCurve", es256, [] { return off_the_curve(); }, ""},
        Weak{"OriginOfTheCurve", es256, [] { return p256_der(std::string(32, '\0'), std::string(32, '\0')); }, ""},
        Weak{"P224", es256, [] { return TestKey::on_curve("P-224").public_der(); }, "not P-256"},
        Weak{"P384", es256, [] { return TestKey::on_curve("P-384").public_der(); }, "not P-256"},
        Weak{"Secp256k1", es256, [] { return TestKey::on_curve("secp256k1").public_der(); }, "not P-256"},
        Weak{"Ed25519AsEs256", es256, [] { return TestKey::eddsa(1).public_der(); }, "elliptic"},
        Weak{"Es256AsEdDsa", eddsa, [] { return TestKey::es256(1).public_der(); }, "Ed25519"},
        Weak{"X25519", eddsa, [] { return TestKey::on_curve("X25519").public_der(); }, "Ed25519"},
        Weak{"Ed448", eddsa, [] { return TestKey::on_curve("ED448").public_der(); }, "Ed25519"},
        Weak{"SmallOrderOne", eddsa, [] { return ed25519_prefix + "\x01"s + std::string(31, '\0'); }, "not a key"},
        Weak{"SmallOrderZero", eddsa, [] { return ed25519_prefix + std::string(32, '\0'); }, "not a key"},
        Weak{"NotCanonical", eddsa, [] { return ed25519_prefix + std::string(31, '\xFF') + "\x7F"; }, "not a key"},
        Weak{"Rsa2048", rs256, [] { return TestKey::rsa(2048).public_der(); }, "2048 bits"},
        Weak{"RsaExponent3", rs256, [] { return TestKey::rsa(3072, 3).public_der(); }, "exponent"},
        Weak{"Es256AsRs256", rs256, [] { return TestKey::es256(1).public_der(); }, "RSA"}),
    [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace gatehouse::crypto
