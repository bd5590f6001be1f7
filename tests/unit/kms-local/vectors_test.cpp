// SPDX-License-Identifier: Apache-2.0
// Published test vectors and OpenSSL as the other side, all through the plugin's C table.
#include "unit/kms-local/kms_fixture.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <string>

namespace gatehouse::test {
namespace {

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

std::string to_hex(std::string_view bytes) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    hex += digits[static_cast<unsigned char>(c) >> 4];
    hex += digits[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

std::string to_base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::string repeated(std::size_t count, char byte) { return std::string(count, byte); }

// HMAC fills a key up with zero bytes to the block of the hash, so a short key of the RFC has the same MAC when it is
// filled up to the 32 bytes a keyring demands.
std::string hmac_line(std::string key) {
  if (key.size() < 32) key.resize(32, '\0');
  return "refresh 1 HMAC-SHA256 current 2026-08-02T10:11:12Z " + to_base64(key);
}

// r || s of RFC 7518 to what OpenSSL verifies.
std::string ecdsa_der(std::string_view raw) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(raw.data());
  ECDSA_SIG* signature = ECDSA_SIG_new();
  ECDSA_SIG_set0(signature, BN_bin2bn(bytes, 32, nullptr), BN_bin2bn(bytes + 32, 32, nullptr));
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature, &der);
  std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  ECDSA_SIG_free(signature);
  return text;
}

bool verifies(std::string_view public_key, const EVP_MD* digest, std::string_view signature, std::string_view message) {
  const auto* der = reinterpret_cast<const unsigned char*>(public_key.data());
  EVP_PKEY* key = d2i_PUBKEY(nullptr, &der, static_cast<long>(public_key.size()));
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const bool right =
      key != nullptr && EVP_DigestVerifyInit(context, nullptr, digest, nullptr, key) == 1 &&
      EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()), signature.size(),
                       reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1;
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  return right;
}

// Takes the key.
std::string pkcs8_der(EVP_PKEY* key) {
  PKCS8_PRIV_KEY_INFO* info = EVP_PKEY2PKCS8(key);
  unsigned char* der = nullptr;
  const int size = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
  std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  PKCS8_PRIV_KEY_INFO_free(info);
  EVP_PKEY_free(key);
  return text;
}

std::string rsa_with_exponent_3() {
  EVP_PKEY_CTX* context = EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr);
  EVP_PKEY_keygen_init(context);
  EVP_PKEY_CTX_set_rsa_keygen_bits(context, 3072);
  BIGNUM* three = BN_new();
  BN_set_word(three, 3);
  EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, three);
  EVP_PKEY* key = nullptr;
  EVP_PKEY_generate(context, &key);
  BN_free(three);
  EVP_PKEY_CTX_free(context);
  return pkcs8_der(key);
}

class KmsVectors : public KmsLocal {};

struct HmacVector {
  const char* name;
  std::string key;
  std::string message;
  std::string mac;  // hex; test case 5 of the RFC is cut to 16 bytes
};

TEST_F(KmsVectors, MacsAreThoseOfRfc4231) {
  const std::string counting = from_hex("0102030405060708090a0b0c0d0e0f10111213141516171819");
  const HmacVector vectors[] = {
      {"1", repeated(20, '\x0b'), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
      {"2", "Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
      {"3", repeated(20, '\xaa'), repeated(50, '\xdd'),
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
      {"4", counting, repeated(50, '\xcd'), "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
      {"5", repeated(20, '\x0c'), "Test With Truncation", "a3b6167473100ee06e0c796c2955552b"},
      {"6", repeated(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
      {"7", repeated(131, '\xaa'),
       "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be "
       "hashed "
       "before being used by the HMAC algorithm.",
       "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
  };
  for (const HmacVector& vector : vectors) {
    SCOPED_TRACE(vector.name);
    write(keyring({hmac_line(vector.key)}));
    auto kms = started();
    const Answer answer = kms->mac("refresh", 0, vector.message);
    EXPECT_EQ(answer.status, GH_OK) << answer.explanation;
    EXPECT_EQ(answer.version, 1u);
    EXPECT_EQ(to_hex(answer.bytes).substr(0, vector.mac.size()), vector.mac);
    // A context that has been used once gives the same again.
    EXPECT_EQ(kms->mac("refresh", 1, vector.message).bytes, answer.bytes);
  }
}

// The PKCS#8 form of an Ed25519 seed (RFC 8410) is a fixed head and the seed.
std::string ed25519_line(std::string_view seed_hex) {
  const std::string der = from_hex("302e020100300506032b657004220420") + from_hex(seed_hex);
  return "access 1 EdDSA current 2026-08-02T10:11:12Z " + to_base64(der);
}

TEST_F(KmsVectors, Ed25519SignaturesAreThoseOfRfc8032) {
  struct Vector {
    const char* seed;
    const char* public_key;
    const char* message;
    const char* signature;
  };
  const Vector vectors[] = {
      {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
       "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
       "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe2"
       "4"
       "655141438e7a100b"},
      {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
       "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302ae"
       "e"
       "b00d291612bb0c00"},
      {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
       "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
       "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28"
       "d"
       "c027beceea1ec40a"},
  };
  for (const Vector& vector : vectors) {
    SCOPED_TRACE(vector.message);
    write(keyring({ed25519_line(vector.seed)}));
    auto kms = started();
    EXPECT_EQ(to_hex(kms->sign("access", 0, from_hex(vector.message)).bytes), vector.signature);
    const std::string spki = kms->keys("access").second.at(0).public_key;
    EXPECT_EQ(to_hex(spki.substr(spki.size() - 32)), vector.public_key);
  }
}

TEST_F(KmsVectors, Es256SignaturesAreRawAndVerifyWithThePublishedKey) {
  auto kms = started();
  ASSERT_EQ(kms->ensure("access", GH_ALG_ES256).status, GH_OK);
  const std::string public_key = kms->keys("access").second.at(0).public_key;
  // One in 256 r or s begins with a zero byte, which DER leaves out and the raw form must not.
  for (int i = 0; i < 1000; ++i) {
    const std::string message = "message " + std::to_string(i);
    const Answer answer = kms->sign("access", 0, message);
    ASSERT_EQ(answer.status, GH_OK);
    ASSERT_EQ(answer.bytes.size(), 64u);
    ASSERT_TRUE(verifies(public_key, EVP_sha256(), ecdsa_der(answer.bytes), message));
  }
  const Answer answer = kms->sign("access", 0, "this");
  EXPECT_FALSE(verifies(public_key, EVP_sha256(), ecdsa_der(answer.bytes), "that"));
}

TEST_F(KmsVectors, EdDsaSignaturesVerifyWithThePublishedKey) {
  auto kms = started();
  ASSERT_EQ(kms->ensure("access", GH_ALG_EDDSA).status, GH_OK);
  const Answer answer = kms->sign("access", 0, "this");
  ASSERT_EQ(answer.bytes.size(), 64u);
  const std::string public_key = kms->keys("access").second.at(0).public_key;
  EXPECT_TRUE(verifies(public_key, nullptr, answer.bytes, "this"));
  EXPECT_FALSE(verifies(public_key, nullptr, answer.bytes, "that"));
}

TEST_F(KmsVectors, Rs256KeysHave3072BitsAndTheirSignaturesVerify) {
  auto kms = started();
  ASSERT_EQ(kms->ensure("access", GH_ALG_RS256).status, GH_OK);
  const Answer answer = kms->sign("access", 0, "this");
  ASSERT_EQ(answer.bytes.size(), 384u);
  const std::string public_key = kms->keys("access").second.at(0).public_key;
  EXPECT_TRUE(verifies(public_key, EVP_sha256(), answer.bytes, "this"));
  EXPECT_FALSE(verifies(public_key, EVP_sha256(), answer.bytes, "that"));
}

TEST_F(KmsVectors, KeysThatAreTooWeakOrOfTheWrongKindAreRefusedWithTheirLine) {
  const std::string p256 = pkcs8_der(EVP_EC_gen("P-256"));
  // The last bytes of the DER are the public point: another key's point does not belong to this private number.
  const std::string other = pkcs8_der(EVP_EC_gen("P-256"));
  const std::string halves = p256.substr(0, p256.size() - 64) + other.substr(other.size() - 64);

  struct Case {
    std::string algorithm;
    std::string secret;
    const char* expected;
  };
  const Case cases[] = {
      {"RS256", pkcs8_der(EVP_RSA_gen(2048)), "2048 bits"},
      {"RS256", rsa_with_exponent_3(), "public exponent is below 65537"},
      {"ES256", pkcs8_der(EVP_EC_gen("P-384")), "not a key on the curve P-256"},
      {"ES256", pkcs8_der(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")), "a private key for another algorithm"},
      {"EdDSA", p256, "a private key for another algorithm"},
      {"ES256", repeated(138, 'x'), "not a PKCS#8 private key"},
      {"ES256", p256 + "x", "not a PKCS#8 private key"},
      {"ES256", halves, "whose two halves do not belong together"},
  };
  for (const Case& wrong : cases) {
    SCOPED_TRACE(wrong.expected);
    write(keyring({"access 1 " + wrong.algorithm + " current 2026-08-02T10:11:12Z " + to_base64(wrong.secret)}));
    const Answer answer = make()->start();
    EXPECT_EQ(answer.status, GH_UNAVAILABLE);
    EXPECT_NE(answer.explanation.find(path() + ":2: the secret (column 6) is "), std::string::npos)
        << answer.explanation;
    EXPECT_NE(answer.explanation.find(wrong.expected), std::string::npos) << answer.explanation;
  }
}

}  // namespace
}  // namespace gatehouse::test
