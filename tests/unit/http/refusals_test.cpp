// SPDX-License-Identifier: Apache-2.0
#include "unit/http/front_under_test.h"

#include "support/json.h"

#include <sys/socket.h>

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>

namespace gatehouse::test {
namespace {

using namespace http;

// What an attacker wants to have answered as a request of somebody else's.
const std::string smuggled = "GET /auth/smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

struct Case {
  const char* name;
  std::string bytes;
  int status;
};

std::string name_of(const testing::TestParamInfo<Case>& test) { return test.param.name; }

void PrintTo(const Case& test, std::ostream* out) { *out << test.name; }

std::string with(std::string_view headers, std::string_view body = {}) {
  return "POST /auth/echo HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n" + std::string(body);
}

class Refusal : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    front_.add_echo(Method::Post, "/echo", 100);
    front_.add_echo(Method::Post, "/no-body");
    front_.add(Method::Get, "/smuggled", [this](const Request&) {
      smuggled_.add();
      return Response::empty();
    });
    front_.start();
  }

  FrontUnderTest front_;
  Tally smuggled_;
};

TEST_P(Refusal, IsOneProblemAndTheEndOfTheConnection) {
  RawSocket socket(front_.address());
  socket.send(GetParam().bytes + smuggled);
  const auto talk = socket.read_all(patience);
  EXPECT_TRUE(talk.closed);
  EXPECT_EQ(talk.rest, "");
  ASSERT_EQ(talk.answers.size(), 1U);
  const auto& answer = talk.answers.front();
  EXPECT_EQ(answer.status, GetParam().status);
  EXPECT_EQ(answer.header("Content-Type"), "application/problem+json");
  EXPECT_TRUE(answer.closes());
  EXPECT_EQ(Json::parse(answer.body)["status"].integer(), GetParam().status);
  EXPECT_EQ(answer.header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(answer.header("Content-Security-Policy"), "default-src 'none'; frame-ancestors 'none'; sandbox");
  EXPECT_EQ(smuggled_.value(), 0);
  EXPECT_TRUE(front_.answers());
}

INSTANTIATE_TEST_SUITE_P(
    Framing, Refusal,
    testing::Values(
        Case{"EncodedWordCoding", with("Transfer-Encoding: =?utf-8?Q?chunked?=\r\n", "0\r\n\r\n"), 400},
        Case{"LengthThenChunked", with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},
        Case{"ChunkedThenLength", with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "0\r\n\r\n"), 400},
        Case{"TwoLengths", with("Content-Length: 5\r\nContent-Length: 60\r\n", "hello"), 400},
        Case{"TwoEqualLengths", with("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), 400},
        Case{"PlusLength", with("Content-Length: +5\r\n", "hello"), 400},
        Case{"NegativeLength", with("Content-Length: -5\r\n"), 400},
        Case{"CommaLength", with("Content-Length: 1,0\r\n", "h"), 400},
        Case{"SpaceBeforeColon", with("Content-Length : 5\r\n", "hello"), 400},
        Case{"WordLength", with("Content-Length: abc\r\n"), 400},
        Case{"OverflowLength", with("Content-Length: 18446744073709551621\r\n", "hello"), 400},
        Case{"UnknownCoding", with("Transfer-Encoding: xchunked\r\nContent-Length: 5\r\n", "hello"), 400},
        Case{"CodingList", with("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 400},
        Case{"ChunkedOnHttp10", "POST /auth/echo HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
             400}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Chunks, Refusal,
    testing::Values(
        Case{"Trailer", with("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\nX: y\r\n\r\n"), 400},
        Case{"TwoTrailers", with("Transfer-Encoding: chunked\r\n", "0\r\nX: y\r\nY: z\r\n\r\n"), 400},
        Case{"HexPrefixSize", with("Transfer-Encoding: chunked\r\n", "0x5\r\nhello\r\n0\r\n\r\n"), 400},
        Case{"HugeSize", with("Transfer-Encoding: chunked\r\n", "ffffffffffffffff1\r\nhello"), 400},
        Case{"BareLfSize", with("Transfer-Encoding: chunked\r\n", "5\nhello\n0\n\n"), 400},
        Case{"NoCrLfAfterData", with("Transfer-Encoding: chunked\r\n", "5\r\nhelloxx0\r\n\r\n"), 400},
        Case{"OverTheLimit", with("Transfer-Encoding: chunked\r\n", "65\r\n" + std::string(101, 'x')), 413},
        Case{"WhereNoneIsWanted",
             "POST /auth/no-body HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n", 413}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Lines, Refusal,
    testing::Values(Case{"BareLf", "GET /auth/smuggled HTTP/1.1\nHost: a\n\n", 400},
                    Case{"FoldedLine", with("X: y\r\n z\r\n"), 400},
                    Case{"NulInValue", with(std::string_view("X: a\0b\r\n", 8)), 400},
                    Case{"NoColon", with("X\r\n"), 400}, Case{"NoHost", "GET /auth/smuggled HTTP/1.1\r\n\r\n", 400},
                    Case{"TwoHosts", "GET /auth/smuggled HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
                    Case{"TwoAuthorizations", with("Authorization: Bearer a\r\nAuthorization: Bearer b\r\n"), 400},
                    Case{"Http99", "GET /auth/smuggled HTTP/9.9\r\nHost: a\r\n\r\n", 505},
                    Case{"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
                    Case{"Http09", "GET /auth/smuggled\r\n", 400},
                    Case{"LongTarget", "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
                    Case{"LongHead", with("X: " + std::string(20000, 'a') + "\r\n"), 431},
                    Case{"TlsClientHello", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), 400},
                    Case{"UnknownExpectation", with("Expect: 200-ok\r\nContent-Length: 5\r\n", "hello"), 417}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Targets, Refusal,
    testing::Values(Case{"AbsoluteFormOfAnotherHost", "GET http://b/auth/smuggled HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                    Case{"AuthorityForm", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                    Case{"DotSegment", "GET /auth/x/../smuggled HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                    Case{"EncodedDotSegment", "GET /auth/x/%2e%2E/smuggled HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                    Case{"EmptySegment", "GET //auth/smuggled HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                    Case{"Backslash", "GET /auth\\smuggled HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                    Case{"EncodedSlash", "GET /auth%2fsmuggled HTTP/1.1\r\nHost: a\r\n\r\n", 400},
                    Case{"EncodedNul", "GET /auth/smuggled%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400}),
    name_of);

// The body is never read, so nothing of it may be taken for a request.
INSTANTIATE_TEST_SUITE_P(UnreadBodies, Refusal,
                         testing::Values(Case{"OfUnknownPath", post("/auth/nothing", smuggled), 404},
                                         Case{"OfUnknownMethod", post("/auth/smuggled", smuggled), 405},
                                         Case{"TooLong", post("/auth/echo", smuggled + std::string(100, ' ')), 413},
                                         Case{"WhereNoneIsWanted", post("/auth/no-body", smuggled), 413},
                                         Case{"Compressed", post("/auth/echo", smuggled, "Content-Encoding: gzip\r\n"),
                                              415}),
                         name_of);

class Message : public Refusal {};

TEST_F(Message, CutOffByItsSenderIsRefusedOnce) {
  for (const auto& bytes : {std::string("GET /auth/echo HT"), with("Content-Length: 50\r\n", "only this"),
                            with("Transfer-Encoding: chunked\r\n", "5\r\nhel")}) {
    const auto talk = converse(front_.address(), bytes, patience);
    ASSERT_EQ(talk.answers.size(), 1U) << bytes;
    EXPECT_EQ(talk.answers.front().status, 400) << bytes;
    EXPECT_TRUE(talk.closed) << bytes;
  }
}

TEST_F(Message, AnEncodedWordInAHeaderIsNotDecoded) {
  const auto talk =
      converse(front_.address(), with("X: =?utf-8?Q?a=0D=0AEvil:1?=\r\nContent-Length: 1\r\n", "b"), patience);
  ASSERT_EQ(talk.answers.size(), 1U);
  EXPECT_EQ(talk.answers.front().body, "\"/echo:b\"");
}

TEST_F(Message, PostWithoutABodyDoesNotSwallowTheNextRequest) {
  const auto talk = converse(front_.address(), with("") + get("/auth/smuggled"), patience);
  ASSERT_EQ(talk.answers.size(), 2U);
  EXPECT_EQ(talk.answers[0].body, "\"/echo:\"");
  EXPECT_EQ(talk.answers[1].status, 204);
}

// A server that closes with bytes unread sends a reset, which on some systems takes the answer with it.
TEST_F(Message, ThatIsRefusedWhileItsSenderGoesOnEndsInOrder) {
  RawSocket socket(front_.address());
  socket.send("POST /auth/nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n");
  for (int i = 0; i < 200 && socket.send(std::string(1000, 'x')); ++i) {
  }
  socket.finish_sending();
  std::string bytes(100000, ' ');
  std::size_t size = 0;
  ssize_t got = 0;
  while ((got = ::recv(socket.descriptor(), bytes.data() + size, bytes.size() - size, 0)) > 0) {
    size += static_cast<std::size_t>(got);
  }
  EXPECT_EQ(got, 0) << "reset";
  bytes.resize(size);
  EXPECT_EQ(take_response(bytes)->status, 404);
}

}  // namespace
}  // namespace gatehouse::test
