// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"
#include "support/raw_socket.h"

#include <string>
#include <vector>

namespace gatehouse::test {
namespace {

struct HostileRequest {
  std::string name;
  std::string bytes;
};

void PrintTo(const HostileRequest& request, std::ostream* out) { *out << request.name; }

std::string post(const std::string& headers, const std::string& rest) {
  return "POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + headers + "\r\n" + rest;
}
std::string get(const std::string& headers, const std::string& version = "HTTP/1.1") {
  return "GET /.well-known/jwks.json " + version + "\r\n" + headers + "\r\n";
}

const std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
const std::string host = "Host: x\r\n";

// What must be refused with one answer of the 4xx or 501/505 kind and the end of the connection: nothing after it on
// the connection may be read as a request.
std::vector<HostileRequest> must_be_refused() {
  return {
      {"M1_EncodedWordTransferEncoding", post("Transfer-Encoding: =?utf-8?Q?chunked?=\r\n", "0\r\n\r\n" + smuggled)},
      {"M2_ContentLengthAndChunked",
       post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + smuggled)},
      {"M2_ChunkedAndContentLength",
       post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n" + smuggled)},
      {"M2_TwoContentLengths", post("Content-Length: 2\r\nContent-Length: 3\r\n", "{} " + smuggled)},
      {"M2_TwoEqualContentLengths", post("Content-Length: 2\r\nContent-Length: 2\r\n", "{}" + smuggled)},
      {"M2_ContentLengthList", post("Content-Length: 2, 2\r\n", "{}" + smuggled)},
      {"M2_ContentLengthPlus", post("Content-Length: +2\r\n", "{}" + smuggled)},
      {"M2_ContentLengthMinus", post("Content-Length: -2\r\n", "{}" + smuggled)},
      {"M2_ContentLengthHex", post("Content-Length: 0x2\r\n", "{}" + smuggled)},
      {"M2_ContentLengthFraction", post("Content-Length: 2.0\r\n", "{}" + smuggled)},
      {"M2_ContentLengthEmpty", post("Content-Length: \r\n", "{}" + smuggled)},
      {"M2_ContentLengthSpaceInside", post("Content-Length: 2 2\r\n", "{}" + smuggled)},
      {"M2_ContentLengthSpaceBeforeColon", post("Content-Length : 2\r\n", "{}" + smuggled)},
      {"M2_XChunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n" + smuggled)},
      {"M2_GzipChunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n" + smuggled)},
      {"M2_ChunkedIdentity", post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n" + smuggled)},
      {"M2_ChunkedTwice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + smuggled)},
      {"M2_ChunkedList", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n" + smuggled)},
      {"M2_ChunkedQuoted", post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n" + smuggled)},
      {"M2_ChunkedParameter", post("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n" + smuggled)},
      {"M2_TransferEncodingTab", post("Transfer-Encoding:\x0b"
                                      "chunked\r\n",
                                      "0\r\n\r\n" + smuggled)},
      {"M2_TransferEncodingSpaceBeforeColon", post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n" + smuggled)},
      {"M2_ChunkedOnHttp10",
       "POST /auth/login HTTP/1.0\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: "
       "chunked\r\n\r\n0\r\n\r\n" +
           smuggled},
      {"M4_ChunkSizeWithPrefix", post("Transfer-Encoding: chunked\r\n", "0x2\r\n{}\r\n0\r\n\r\n" + smuggled)},
      {"M4_ChunkSizePlus", post("Transfer-Encoding: chunked\r\n", "+2\r\n{}\r\n0\r\n\r\n" + smuggled)},
      {"M4_ChunkSizeHuge", post("Transfer-Encoding: chunked\r\n", "ffffffffffffffff2\r\n{}\r\n0\r\n\r\n" + smuggled)},
      {"M4_ChunkSizeNegative", post("Transfer-Encoding: chunked\r\n", "-1\r\n{}\r\n0\r\n\r\n" + smuggled)},
      {"M4_ChunkSizeEmpty", post("Transfer-Encoding: chunked\r\n", "\r\n{}\r\n0\r\n\r\n" + smuggled)},
      {"M4_ChunkWithoutItsEnd", post("Transfer-Encoding: chunked\r\n", "2\r\n{}0\r\n\r\n" + smuggled)},
      {"M4_ChunkSizeBareLf", post("Transfer-Encoding: chunked\r\n", "2\n{}\n0\n\n" + smuggled)},
      {"M5_BareLf", "GET / HTTP/1.1\nHost: x\n\n" + smuggled},
      {"M5_BareCr", "GET / HTTP/1.1\rHost: x\r\r" + smuggled},
      {"M5_CrInValue", get(host + "X: a\rb\r\n") + smuggled},
      {"M5_LfInValue", get(host + "X: a\nContent-Length: 5\r\n") + smuggled},
      {"M5_ObsFold", get(host + "X: a\r\n b\r\n") + smuggled},
      {"M5_ObsFoldFirstLine", get(" X: a\r\n" + host) + smuggled},
      {"M5_NulInValue", get(host + std::string("X: a\0b\r\n", 8)) + smuggled},
      {"M5_NulInName", get(host + std::string("X\0Y: a\r\n", 8)) + smuggled},
      {"M5_ControlInValue", get(host + "X: a\x01"
                                       "b\r\n") +
                                smuggled},
      {"M5_NoColon", get(host + "JustText\r\n") + smuggled},
      {"M5_EmptyName", get(host + ": a\r\n") + smuggled},
      {"M5_SpaceInName", get(host + "X Y: a\r\n") + smuggled},
      {"M5_NoHost", get("") + smuggled},
      {"M5_TwoHosts", get(host + host) + smuggled},
      {"M5_TwoDifferentHosts", get(host + "Host: y\r\n") + smuggled},
      {"M5_HostList", get("Host: x, y\r\n") + smuggled},
      {"M5_HostWithPath", get("Host: x/y\r\n") + smuggled},
      {"M5_HostWithUser", get("Host: u@x\r\n") + smuggled},
      {"M5_Version99", get(host, "HTTP/9.9") + smuggled},
      {"M5_Version20", get(host, "HTTP/2.0") + smuggled},
      {"M5_VersionText", get(host, "HTTP/1.x") + smuggled},
      {"M5_VersionLowerCase", get(host, "http/1.1") + smuggled},
      {"M5_VersionMissing", "GET /.well-known/jwks.json\r\n" + host + "\r\n" + smuggled},
      {"M5_LongUri", "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\n" + host + "\r\n" + smuggled},
      {"M5_SpaceInUri", "GET /a b HTTP/1.1\r\n" + host + "\r\n" + smuggled},
      {"M5_RawUtf8InUri", "GET /\xc3\xa9 HTTP/1.1\r\n" + host + "\r\n" + smuggled},
      {"M5_FragmentInUri", "GET /auth/user#x HTTP/1.1\r\n" + host + "\r\n" + smuggled},
      {"M5_TabAfterMethod", "GET\t/ HTTP/1.1\r\n" + host + "\r\n" + smuggled},
      {"M5_NoMethod", " / HTTP/1.1\r\n" + host + "\r\n" + smuggled},
      {"M5_NoSlash", "GET auth HTTP/1.1\r\n" + host + "\r\n" + smuggled},
      {"M5_ManyHeaders",
       [] {
         std::string many;
         for (int i = 0; i < 500; ++i) many.append("X").append(std::to_string(i)).append(": y\r\n");
         return get(host + many) + smuggled;
       }()},
      {"M5_LongHeader", get(host + "X: " + std::string(100'000, 'a') + "\r\n") + smuggled},
      {"M7_ContentLengthText", post("Content-Length: abc\r\n", "{}" + smuggled)},
      {"M7_ContentLengthOverflow", post("Content-Length: 99999999999999999999999\r\n", "{}" + smuggled)},
      {"M7_ContentLengthTooBig", post("Content-Length: 18446744073709551615\r\n", "{}" + smuggled)},
      {"H2cPriorKnowledge", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {"TlsClientHello",
       std::string("\x16\x03\x01\x00\xf8\x01\x00\x00\xf4\x03\x03", 11) + std::string(64, 'r') + "\r\n\r\n"},
      {"Garbage", std::string("\0\0\0\0\xff\xfe\r\n\r\n", 10)},
      {"AbsoluteFormOfAnotherScheme", "GET ftp://x/ HTTP/1.1\r\n" + host + "\r\n" + smuggled},
      {"Connect", "CONNECT x:443 HTTP/1.1\r\n" + host + "\r\n" + smuggled},
  };
}

class HostileFraming : public ApiTest, public ::testing::WithParamInterface<HostileRequest> {
 protected:
  void SetUp() override { start(); }
};

TEST_P(HostileFraming, GetsOneRefusalAndTheEndOfTheConnection) {
  const auto talk = converse(server().listen(), GetParam().bytes, std::chrono::seconds(20));
  ASSERT_EQ(talk.answers.size(), 1U) << talk.bytes;
  const auto& answer = talk.answers[0];
  EXPECT_TRUE(talk.closed);
  EXPECT_TRUE(answer.closes()) << "Connection: close is missing";
  EXPECT_TRUE((answer.status >= 400 && answer.status < 500) || answer.status == 501 || answer.status == 505)
      << answer.status;
  EXPECT_TRUE(is_problem(answer, answer.status, Json::parse(answer.body)["code"].text()));
  EXPECT_TRUE(has_security_headers(answer));
  EXPECT_EQ(answer.body.find("smuggled"), std::string::npos);
  EXPECT_EQ(HttpClient(server().listen()).get("/.well-known/jwks.json").status, 200) << "the next client";
}

INSTANTIATE_TEST_SUITE_P(M, HostileFraming, ::testing::ValuesIn(must_be_refused()),
                         [](const auto& test) { return test.param.name; });

class Framing : public ApiTest {
 protected:
  void SetUp() override { start(); }

  // Everything in one piece, then nothing more.
  Conversation talk(const std::string& bytes) { return converse(server().listen(), bytes); }
};

TEST_F(Framing, EncodedWordsInHeadersAreNotDecoded) {
  const auto answer =
      talk(get(host + "X-Request-Id: =?utf-8?Q?x=0D=0AEvil:1?=\r\nUser-Agent: =?utf-8?Q?a=0D=0AEvil:1?=\r\n"));
  ASSERT_EQ(answer.answers.size(), 1U);
  EXPECT_EQ(answer.answers[0].status, 200);
  EXPECT_FALSE(answer.answers[0].header("evil"));
}

TEST_F(Framing, PipelinedRequestsAreAnsweredInOrder) {
  const auto both = talk(get(host) + "GET /nowhere HTTP/1.1\r\n" + host + "\r\n" + get(host));
  ASSERT_EQ(both.answers.size(), 3U) << both.bytes;
  EXPECT_EQ(both.answers[0].status, 200);
  EXPECT_EQ(both.answers[1].status, 404);
  EXPECT_EQ(both.answers[2].status, 200);
}

// M3: an early answer must not leave the body in the connection to be run as the next request.
TEST_F(Framing, ABodyThatNobodyReadsIsNeverARequest) {
  const auto size = std::to_string(smuggled.size());
  for (const std::string& head :
       {"GET /auth/user HTTP/1.1\r\n" + host + "Content-Length: " + size + "\r\n\r\n",
        "DELETE /auth/sessions/x HTTP/1.1\r\n" + host + "Content-Length: " + size + "\r\n\r\n",
        "POST /nowhere HTTP/1.1\r\n" + host + "Content-Length: " + size + "\r\n\r\n",
        "PUT /auth/login HTTP/1.1\r\n" + host + "Content-Length: " + size + "\r\n\r\n",
        "POST /auth/logout HTTP/1.1\r\n" + host + "Content-Length: " + size + "\r\n\r\n",
        "POST /auth/login HTTP/1.1\r\n" + host + "Content-Type: text/plain\r\nContent-Length: " + size + "\r\n\r\n",
        "POST /auth/login HTTP/1.1\r\n" + host + "Content-Type: application/json\r\nContent-Length: " + size +
            "\r\n\r\n"}) {
    const auto answer = talk(head + smuggled);
    EXPECT_EQ(answer.answers.size(), 1U) << head << answer.bytes;
    EXPECT_EQ(answer.bytes.find("404 Not Found\r\n", 200), std::string::npos);
  }
}

TEST_F(Framing, ChunkedBodiesAreReadStrictlyAndWhole) {
  const std::string body = R"({"email":"a@example.org","password":"x"})";
  std::string chunks;
  for (const char c : body) chunks += std::string("1\r\n") + c + "\r\n";
  const auto answer = talk(post("Transfer-Encoding: chunked\r\n", chunks + "0\r\n\r\n") + get(host));
  ASSERT_EQ(answer.answers.size(), 2U) << answer.bytes;
  EXPECT_TRUE(is_problem(answer.answers[0], 401, "INVALID_CREDENTIALS"));
  EXPECT_EQ(answer.answers[1].status, 200);
}

// M4: what follows the last chunk is a trailer, never a request.
TEST_F(Framing, TrailersAreNeverRequests) {
  const auto answer =
      talk(post("Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\nX: a\r\nGET /smuggled HTTP/1.1\r\n\r\n"));
  EXPECT_LE(answer.answers.size(), 1U) << answer.bytes;
}

TEST_F(Framing, EndlessChunksAreCutOff) {
  RawSocket socket(server().listen());
  socket.send(post("Transfer-Encoding: chunked\r\n", ""));
  const std::string chunk = "4000\r\n" + std::string(0x4000, ' ') + "\r\n";
  bool open = true;
  for (int i = 0; i < 2000 && open; ++i) open = socket.send(chunk);
  EXPECT_FALSE(open) << "32 MiB of body were taken";
}

TEST_F(Framing, EndlessChunkExtensionsAreCutOff) {
  RawSocket socket(server().listen());
  socket.send(post("Transfer-Encoding: chunked\r\n", "1;"));
  const std::string more(0x4000, 'x');
  bool open = true;
  for (int i = 0; i < 2000 && open; ++i) open = socket.send(more);
  EXPECT_FALSE(open) << "32 MiB of chunk extension were taken";
}

// M5: without a length there is no body; what follows is the next request.
TEST_F(Framing, APostWithoutALengthHasNoBody) {
  const auto answer = talk("POST /auth/logout HTTP/1.1\r\n" + host + "\r\n" + get(host));
  ASSERT_EQ(answer.answers.size(), 2U) << answer.bytes;
  EXPECT_EQ(answer.answers[0].status, 401);
  EXPECT_EQ(answer.answers[1].status, 200);
}

TEST_F(Framing, Http10EndsTheConnection) {
  const auto answer = talk("GET /.well-known/jwks.json HTTP/1.0\r\n" + host + "\r\n" + get(host));
  ASSERT_EQ(answer.answers.size(), 1U) << answer.bytes;
  EXPECT_EQ(answer.answers[0].status, 200);
  EXPECT_TRUE(answer.closed);
}

TEST_F(Framing, UpgradesAreNotTaken) {
  const std::string ask =
      "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIA\r\n";
  const auto answer = talk(get(host + ask) + get(host + "Connection: close\r\n"));
  ASSERT_EQ(answer.answers.size(), 2U) << "what follows is HTTP/1.1 too";
  EXPECT_EQ(answer.answers[0].status, 200);
  EXPECT_EQ(answer.answers[1].status, 200);
  EXPECT_EQ(answer.bytes.find("Upgrade"), std::string::npos);
}

TEST_F(Framing, ExpectContinueIsHonoured) {
  RawSocket socket(server().listen());
  const std::string body = R"({"email":"a@example.org","password":"x"})";
  ASSERT_TRUE(socket.send(post("Expect: 100-continue\r\nContent-Length: " + std::to_string(body.size()) + "\r\n", "")));
  std::string bytes;
  ASSERT_EQ(socket.receive(bytes, std::chrono::seconds(5)), RawSocket::Event::Data);
  ASSERT_TRUE(bytes.starts_with("HTTP/1.1 100")) << bytes;
  socket.send(body);
  socket.finish_sending();
  const auto rest = socket.read_all(std::chrono::seconds(5));
  ASSERT_EQ(rest.answers.size(), 1U);
  EXPECT_EQ(rest.answers[0].status, 401);
}

TEST_F(Framing, OtherExpectationsAreRefused) {
  const auto answer = talk(post("Expect: a-miracle\r\nContent-Length: 2\r\n", "{}"));
  ASSERT_EQ(answer.answers.size(), 1U);
  EXPECT_EQ(answer.answers[0].status, 417);
}

TEST_F(Framing, ARequestInSinglePiecesIsOneRequest) {
  RawSocket socket(server().listen());
  for (const char c : get(host)) ASSERT_TRUE(socket.send(std::string_view(&c, 1)));
  socket.finish_sending();
  const auto answer = socket.read_all(std::chrono::seconds(5));
  ASSERT_EQ(answer.answers.size(), 1U);
  EXPECT_EQ(answer.answers[0].status, 200);
}

// RFC 9112 2.2: old clients send one behind a body.
TEST_F(Framing, OneEmptyLineBeforeARequestIsIgnored) {
  const auto answer = talk("\r\n" + get(host) + "\r\n" + get(host));
  ASSERT_EQ(answer.answers.size(), 2U);
  EXPECT_EQ(answer.answers[0].status, 200);
  EXPECT_EQ(answer.answers[1].status, 200);
}

TEST_F(Framing, MoreEmptyLinesAreNoRequest) {
  const auto answer = talk("\r\n\r\n" + get(host));
  ASSERT_EQ(answer.answers.size(), 1U);
  EXPECT_EQ(answer.answers[0].status, 400);
  EXPECT_TRUE(answer.closed);
}

TEST_F(Framing, AbsoluteFormOfOurOwnSchemeIsTaken) {
  const auto answer = talk("GET http://x/.well-known/jwks.json HTTP/1.1\r\n" + host + "\r\n");
  ASSERT_EQ(answer.answers.size(), 1U);
  EXPECT_EQ(answer.answers[0].status, 200);
}

TEST_F(Framing, AConnectionThatSaysNothingCostsNothing) {
  const RawSocket silent(server().listen());
  EXPECT_EQ(HttpClient(server().listen()).get("/.well-known/jwks.json").status, 200);
}

}  // namespace
}  // namespace gatehouse::test
