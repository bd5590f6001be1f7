// SPDX-License-Identifier: Apache-2.0
#include "api/jws.h"
#include "support/api_test.h"
#include "support/base64url.h"
#include "support/listener.h"

#include <chrono>

namespace gatehouse::test {
namespace {

class AccessTokenAbuse : public ApiTest {
 protected:
  void SetUp() override {
    start();
    tokens_ = api().signed_up(account("ada"));
    jws_ = Jws::parse(tokens_.access);
    key_ = Json::parse(api().http().get("/.well-known/jwks.json").body)["keys"][0];
  }
  void TearDown() override {
    // Whatever was tried, the genuine token is still good and nothing fell over.
    if (server().running()) {
      EXPECT_EQ(api().user(tokens_.access).status, 200);
    }
    ApiTest::TearDown();
  }

  void refused(const std::string& token, const std::string& why = {}) {
    const auto response = api().user(token);
    EXPECT_TRUE(is_problem(response, 401, "TOKEN_INVALID")) << why << '\n' << token.substr(0, 300);
  }
  // The genuine payload under another header, signed by `sign`.
  template <class Sign>
  void refused_header(const std::string& header, Sign sign) {
    Jws forged{header, jws_.payload, {}};
    forged.signature = sign(forged.signing_input());
    refused(forged.compact(), header);
  }
  std::string kid() const { return key_["kid"].text(); }

  Tokens tokens_;
  Jws jws_;
  Json key_;
};

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << text << " holds no " << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST_F(AccessTokenAbuse, TheHeaderIsAsDocumented) {
  const auto header = Json::parse(jws_.header);
  EXPECT_EQ(header["alg"].text(), "ES256");
  EXPECT_EQ(header["typ"].text(), "at+jwt");
  EXPECT_EQ(header["kid"].text(), kid());
  const auto claims = Json::parse(jws_.payload);
  for (const auto* name :
       {"iss", "aud", "sub", "exp", "iat", "nbf", "jti", "sid", "tenant_id", "type", "email", "role"}) {
    EXPECT_FALSE(claims[name].missing()) << name;
  }
  EXPECT_EQ(claims["type"].text(), "access");
  EXPECT_EQ(claims["exp"].integer() - claims["iat"].integer(), 900);
}

TEST_F(AccessTokenAbuse, AlgorithmNoneInEverySpelling) {
  for (const std::string alg : {"none", "None", "nOnE", "NONE", ""}) {
    const auto header = R"({"alg":")" + alg + R"(","typ":"at+jwt","kid":")" + kid() + "\"}";
    refused_header(header, [](const auto&) { return std::string(); });
    refused_header(header, [this](const auto&) { return jws_.signature; });
  }
  for (const std::string alg : {"[\"ES256\"]", "1", "null", "{}", "true"}) {
    refused_header(R"({"alg":)" + alg + R"(,"typ":"at+jwt","kid":")" + kid() + "\"}",
                   [this](const auto&) { return jws_.signature; });
  }
  refused_header(R"({"typ":"at+jwt","kid":")" + kid() + "\"}", [this](const auto&) { return jws_.signature; });
}

TEST_F(AccessTokenAbuse, HmacWithOurPublicKeyAsSecret) {
  const auto x = key_["x"].text();
  const auto y = key_["y"].text();
  const auto pem = pem_of(x, y);
  std::string crlf;
  for (const char c : pem) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  const auto jwk = R"({"kty":"EC","crv":"P-256","x":")" + x + R"(","y":")" + y + "\"}";
  for (const auto& secret :
       {pem, crlf, pem.substr(0, pem.size() - 1), der_of(x, y), jwk, x, from_base64url(x), std::string()}) {
    for (const std::string alg : {"HS256", "ES256", "HS512"}) {
      refused_header(R"({"alg":")" + alg + R"(","typ":"at+jwt","kid":")" + kid() + "\"}",
                     [&](const auto& input) { return hmac_sha256(secret, input); });
    }
  }
}

TEST_F(AccessTokenAbuse, OtherAlgorithmsThanTheConfigured) {
  for (const std::string alg : {"ES384", "ES512", "ES256K", "RS256", "PS256", "EdDSA", "es256", "ES256 ", "HS256"}) {
    refused_header(R"({"alg":")" + alg + R"(","typ":"at+jwt","kid":")" + kid() + "\"}",
                   [this](const auto&) { return jws_.signature; });
  }
}

TEST_F(AccessTokenAbuse, BentSignatures) {
  auto forged = jws_;
  const auto refuse = [&](std::string signature, const char* why) {
    forged.signature = std::move(signature);
    refused(forged.compact(), why);
  };
  refuse("", "empty");
  refuse(std::string(64, '\0'), "r = s = 0");
  refuse(jws_.signature.substr(0, 32) + std::string(32, '\0'), "s = 0");
  refuse(std::string(32, '\0') + jws_.signature.substr(32), "r = 0");
  refuse(std::string(64, '\xff'), "beyond the order");
  // The order of P-256, and one less.
  const auto order = from_base64url("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE");
  auto less = order;
  less.back() = static_cast<char>(less.back() - 1);
  refuse(order + order, "r = s = n");
  refuse(less + less, "r = s = n-1");
  refuse(der_signature(jws_.signature), "DER");
  refuse(jws_.signature.substr(0, 63), "short");
  refuse(jws_.signature + '\0', "long");
  refuse(jws_.signature.substr(32) + jws_.signature.substr(0, 32), "swapped");
  for (std::size_t bit = 0; bit < 512; bit += 7) {
    auto flipped = jws_.signature;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    refuse(flipped, "flipped");
  }
}

TEST_F(AccessTokenAbuse, ChangedClaims) {
  for (const auto& [from, to] : {std::pair{R"("type":"access")", R"("type":"refresh")"}, std::pair{"ada@", "bob@"},
                                 std::pair{R"("tenant_id":"default")", R"("tenant_id":"default2")"}}) {
    auto forged = jws_;
    forged.payload = replaced(jws_.payload, from, to);
    refused(forged.compact(), to);
  }
}

TEST_F(AccessTokenAbuse, AnAttackersOwnKeyByAnyHeader) {
  const EcKey attacker;
  const auto sign = [&](const auto& input) { return attacker.sign(input); };
  const auto rest = R"(,"alg":"ES256","typ":"at+jwt"})";
  refused_header(R"({"kid":")" + kid() + '"' + rest, sign);
  refused_header(R"({"kid":"mine","jwk":)" + attacker.jwk() + rest, sign);
  refused_header(R"({"kid":")" + kid() + R"(","jwk":)" + attacker.jwk() + rest, sign);
  refused_header(R"({"x5c":["AAAA"],"kid":")" + kid() + '"' + rest, sign);
}

TEST_F(AccessTokenAbuse, AKeyUrlIsNeverFetched) {
  const EcKey attacker;
  const Listener listener;
  for (const std::string name : {"jku", "x5u"}) {
    refused_header("{\"" + name + "\":\"http://" + listener.address().text() +
                       R"(/keys.json","kid":"mine","alg":"ES256","typ":"at+jwt"})",
                   [&](const auto& input) { return attacker.sign(input); });
  }
  EXPECT_FALSE(listener.visited());
}

TEST_F(AccessTokenAbuse, OddKeyIds) {
  const auto keep = [this](const auto&) { return jws_.signature; };
  for (const std::string odd : {R"("../../etc/passwd")", R"("' OR 1=1 --")", R"("\u0000")", "{}", "1", "null", "[]",
                                R"("")", R"("/dev/null")"}) {
    refused_header(R"({"alg":"ES256","typ":"at+jwt","kid":)" + odd + '}', keep);
  }
  refused_header(R"({"alg":"ES256","typ":"at+jwt","kid":")" + kid() + R"(\u0000"})", keep);
  refused_header(R"({"alg":"ES256","typ":"at+jwt"})", keep);
}

TEST_F(AccessTokenAbuse, ManyUnknownKeyIdsLeaveNothingBehind) {
  const auto before = server().status_kib("VmRSS");
  for (int i = 0; i < 2000; ++i) {
    refused_header(R"({"alg":"ES256","typ":"at+jwt","kid":"k)" + std::to_string(i) + "\"}",
                   [this](const auto&) { return jws_.signature; });
  }
  if (memory_is_telling) {
    EXPECT_LT(server().status_kib("VmRSS"), before + 16 * 1024);
  }
}

TEST_F(AccessTokenAbuse, WrongTypes) {
  for (const std::string typ : {R"("JWT")", R"("jwt")", R"("rt+jwt")", R"("")", "1", "null", R"("at+jwt\u0000")"}) {
    refused_header(R"({"alg":"ES256","typ":)" + typ + R"(,"kid":")" + kid() + "\"}",
                   [this](const auto&) { return jws_.signature; });
  }
}

TEST_F(AccessTokenAbuse, CriticalCompressedAndUnencoded) {
  for (const std::string extra : {R"("crit":["exp"])", R"("crit":[])", R"("crit":["b64"],"b64":false)",
                                  R"("b64":false)", R"("crit":["alg"])", R"("zip":"DEF")", R"("crit":"exp")"}) {
    refused_header(R"({"alg":"ES256","typ":"at+jwt","kid":")" + kid() + "\"," + extra + '}',
                   [this](const auto&) { return jws_.signature; });
  }
}

TEST_F(AccessTokenAbuse, OtherStructures) {
  const auto& token = tokens_.access;
  const auto dot = token.find('.');
  const auto last = token.rfind('.');
  refused(token.substr(0, last), "two segments");
  refused(token.substr(0, dot), "one segment");
  refused(token + ".", "trailing dot");
  refused(token + ".AAAA", "four segments");
  refused(token + ".AAAA.AAAA", "five segments");
  refused('.' + token, "leading dot");
  refused("..", "dots");
  refused(token + '=', "padding");
  refused(token.substr(0, dot) + '=' + token.substr(dot), "padding of the header");
  refused(R"({"payload":"x","signatures":[]})", "JSON form");
  auto padded = token;
  padded.back() = static_cast<char>(padded.back() == 'A' ? 'B' : padded.back() ^ 1);
  refused(padded, "other last character");
}

TEST_F(AccessTokenAbuse, UnusedBitsOfTheLastCharacterMustBeZero) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  auto twin = tokens_.access;
  // 64 bytes leave four unused bits: the next fifteen characters say the same bytes.
  twin.back() = alphabet[alphabet.find(twin.back()) + 1];
  ASSERT_EQ(Jws::parse(twin).signature, jws_.signature);
  refused(twin);
}

TEST_F(AccessTokenAbuse, JsonThatTwoReadersReadDifferently) {
  const auto keep = [this](const auto&) { return jws_.signature; };
  refused_header(R"({"alg":"none","alg":"ES256","typ":"at+jwt","kid":")" + kid() + "\"}", keep);
  refused_header(R"({"alg":"ES256","alg\u0000x":"none","typ":"at+jwt","kid":")" + kid() + "\"}", keep);
  refused_header("\xef\xbb\xbf" + jws_.header, keep);
  refused_header(jws_.header + ' ' + jws_.header, keep);
  refused_header("[" + jws_.header + "]", keep);
  refused_header("\"" + std::string("x") + "\"", keep);
  refused_header(std::string(10'000 / 2, '['), keep);
  refused_header("{\"alg\":\"ES256\",\"typ\":\"at+jwt\xc0\x80\",\"kid\":\"" + kid() + "\"}", keep);
}

TEST_F(AccessTokenAbuse, Sizes) {
  // Beyond the front's own limit for a head the answer is 431; below it a plain refusal.
  for (const auto& token : {std::string(9000, 'A'), std::string(9000, '.'), "a." + std::string(9000, 'b') + ".c"}) {
    refused(token, "9000 characters");
  }
  const auto response = api().user(std::string(200'000, '.'));
  EXPECT_TRUE(is_problem(response, 431, Json::parse(response.body)["code"].text()));
}

TEST_F(AccessTokenAbuse, ManyMalformedAuthorizationHeaders) {
  unsigned seed = 1;
  for (int i = 0; i < 2000; ++i) {
    std::string junk;
    for (int n = 0; n < 40; ++n) {
      seed = seed * 1664525 + 1013904223;
      const auto c = static_cast<char>(33 + (seed >> 24) % 94);
      junk += c;
    }
    const auto response = api().http().get("/auth/user", {{"Authorization", (i % 2 != 0 ? "Bearer " : "") + junk}});
    ASSERT_EQ(response.status, 401) << junk;
  }
}

class ShortAccessToken : public ApiTest {};

TEST_F(ShortAccessToken, ExpiresAndTheRefreshTokenBringsANewOne) {
  start({.settings = {{"tokens.access_ttl", "\"10s\""}}});
  const auto tokens = api().signed_up(account("ada"));
  HttpResponse response = api().user(tokens.access);
  RawSocket silence(server().listen());
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (response.status == 200 && std::chrono::steady_clock::now() < until) {
    std::string nothing;
    silence.receive(nothing, std::chrono::milliseconds(200));
    response = api().user(tokens.access);
  }
  EXPECT_TRUE(is_problem(response, 401, "TOKEN_EXPIRED"));
  EXPECT_NE(response.header("www-authenticate").value_or("").find("invalid_token"), std::string::npos);
  const auto next = api().refreshed(tokens.refresh);
  EXPECT_EQ(api().user(next.access).status, 200);
}

}  // namespace
}  // namespace gatehouse::test
