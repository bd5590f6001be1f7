// SPDX-License-Identifier: Apache-2.0
#include "http/head_check.h"
#include "http/head_scan.h"
#include "http/message_head.h"
#include "http/target.h"

#include <gtest/gtest.h>

#include <optional>
#include <ostream>
#include <string>
#include <string_view>

namespace gatehouse::http {
namespace {

struct Reading {
  std::optional<Error> error;  // none: accepted
  bool complete = false;
  Request request;
  Framing framing;

  // "HOST", "LINE_FOLDING", ...: our own word for what is wrong; else the public code.
  std::string why() const {
    if (!error) return complete ? "accepted" : "incomplete";
    return error->fields.empty() ? std::string(code_name(error->code)) : error->fields.front().code;
  }
};

// What the front does with the head of a message, without its sockets.
Reading read(std::string_view bytes, HeadBounds bounds = {}) {
  Reading reading;
  HeadScan scan;
  switch (scan.advance(bytes, bounds)) {
    case HeadScan::State::NeedMore: return reading;
    case HeadScan::State::Refused: reading.error = scan.refusal(); return reading;
    case HeadScan::State::Complete: break;
  }
  reading.complete = true;
  const auto version = parse_head(bytes.substr(scan.begin(), scan.end() - scan.begin()), reading.request);
  if (!version) {
    reading.error = version.error();
    return reading;
  }
  const auto framing = check_head(reading.request, *version);
  if (!framing) {
    reading.error = framing.error();
    return reading;
  }
  reading.framing = *framing;
  reading.error = parse_target(reading.request, bounds.max_target_bytes);
  return reading;
}

std::string with(std::string_view headers) {
  return "POST /auth/login HTTP/1.1\r\nHost: a.example\r\n" + std::string(headers) + "\r\n";
}

struct Case {
  const char* name;
  std::string bytes;
  const char* why;
};

class RefusedHead : public testing::TestWithParam<Case> {};

std::string name_of(const testing::TestParamInfo<Case>& test) { return test.param.name; }

void PrintTo(const Case& test, std::ostream* out) { *out << test.name; }

TEST_P(RefusedHead, IsRefusedForItsReason) { EXPECT_EQ(read(GetParam().bytes).why(), GetParam().why); }

INSTANTIATE_TEST_SUITE_P(EncodedWords, RefusedHead,
                         testing::Values(Case{"TransferEncoding", with("Transfer-Encoding: =?utf-8?Q?chunked?=\r\n"),
                                              "TRANSFER_ENCODING"}),
                         name_of);

INSTANTIATE_TEST_SUITE_P(
    Framing, RefusedHead,
    testing::Values(
        Case{"LengthAndChunked", with("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), "TRANSFER_ENCODING"},
        Case{"ChunkedAndLength", with("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), "CONTENT_LENGTH"},
        Case{"TwoLengths", with("Content-Length: 5\r\nContent-Length: 6\r\n"), "CONTENT_LENGTH"},
        Case{"TwoEqualLengths", with("Content-Length: 5\r\nContent-Length: 5\r\n"), "HEADER_REPEATED"},
        Case{"LengthList", with("Content-Length: 5, 5\r\n"), "CONTENT_LENGTH"},
        Case{"PlusLength", with("Content-Length: +5\r\n"), "CONTENT_LENGTH"},
        Case{"NegativeLength", with("Content-Length: -5\r\n"), "CONTENT_LENGTH"},
        Case{"CommaLength", with("Content-Length: 1,0\r\n"), "CONTENT_LENGTH"},
        Case{"HexLength", with("Content-Length: 0x5\r\n"), "CONTENT_LENGTH"},
        Case{"WordLength", with("Content-Length: abc\r\n"), "CONTENT_LENGTH"},
        Case{"EmptyLength", with("Content-Length:\r\n"), "CONTENT_LENGTH"},
        Case{"OverflowLength", with("Content-Length: 99999999999999999999999\r\n"), "CONTENT_LENGTH"},
        Case{"NearOverflowLength", with("Content-Length: 9223372036854775808\r\n"), "CONTENT_LENGTH"},
        Case{"SpaceBeforeColon", with("Content-Length : 5\r\n"), "HEADER_LINE"},
        Case{"UnknownCoding", with("Transfer-Encoding: xchunked\r\n"), "TRANSFER_ENCODING"},
        Case{"CodingList", with("Transfer-Encoding: gzip, chunked\r\n"), "TRANSFER_ENCODING"},
        Case{"ChunkedTwice", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), "TRANSFER_ENCODING"},
        Case{"ChunkedThenIdentity", with("Transfer-Encoding: chunked, identity\r\n"), "TRANSFER_ENCODING"},
        Case{"QuotedChunked", with("Transfer-Encoding: \"chunked\"\r\n"), "TRANSFER_ENCODING"},
        Case{"EmptyCoding", with("Transfer-Encoding:\r\n"), "TRANSFER_ENCODING"},
        Case{"ChunkedOnHttp10", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
             "TRANSFER_ENCODING"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Lines, RefusedHead,
    testing::Values(Case{"BareLf", "GET / HTTP/1.1\nHost: a\n\n", "BARE_LF"},
                    Case{"BareLfInHeaders", with("X: b\nY: c\r\n"), "BARE_LF"},
                    Case{"BareCr", with("X: b\rY: c\r\n"), "BARE_CR"},
                    Case{"FoldedLine", with("X: b\r\n c\r\n"), "LINE_FOLDING"},
                    Case{"FoldedWithTab", with("X: b\r\n\tc\r\n"), "LINE_FOLDING"},
                    Case{"FoldedFirstHeader", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "LINE_FOLDING"},
                    Case{"NulInValue", with(std::string_view("X: a\0b\r\n", 8)), "CHARACTER_NOT_ALLOWED"},
                    Case{"EscapeInValue", with("X: a\x1b[2J\r\n"), "CHARACTER_NOT_ALLOWED"},
                    Case{"DeleteInValue", with("X: a\x7f\r\n"), "CHARACTER_NOT_ALLOWED"},
                    Case{"NoColon", with("X\r\n"), "HEADER_LINE"}, Case{"EmptyName", with(": b\r\n"), "HEADER_LINE"},
                    Case{"SpaceInName", with("X Y: b\r\n"), "HEADER_LINE"},
                    Case{"BytesInName", with("X\xc3\xa9: b\r\n"), "HEADER_LINE"},
                    Case{"BlankLinesFirst", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "NO_REQUEST_LINE"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    RequestLine, RefusedHead,
    testing::Values(Case{"Http09", "GET /\r\n", "NO_HTTP_VERSION"}, Case{"OneWord", "GET\r\n", "NO_HTTP_VERSION"},
                    Case{"Http2", "GET / HTTP/2.0\r\n", "VERSION_NOT_SUPPORTED"},
                    Case{"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "VERSION_NOT_SUPPORTED"},
                    Case{"Http99", "GET / HTTP/9.9\r\n", "VERSION_NOT_SUPPORTED"},
                    Case{"Http12", "GET / HTTP/1.2\r\n", "VERSION_NOT_SUPPORTED"},
                    Case{"LowerCaseProtocol", "GET / http/1.1\r\n", "NO_HTTP_VERSION"},
                    Case{"LongVersion", "GET / HTTP/1.10\r\n", "NO_HTTP_VERSION"},
                    Case{"TwoSpaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "REQUEST_LINE"},
                    Case{"SpaceInTarget", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", "REQUEST_LINE"},
                    Case{"SpaceFirst", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", "REQUEST_LINE"},
                    Case{"TrailingSpace", "GET / HTTP/1.1 \r\n", "NO_HTTP_VERSION"},
                    Case{"TabBetween", "GET\t/ HTTP/1.1\r\n", "CHARACTER_NOT_ALLOWED"},
                    Case{"NotAToken", "GE(T / HTTP/1.1\r\nHost: a\r\n\r\n", "REQUEST_LINE"},
                    Case{"RawUtf8InTarget", "GET /caf\xc3\xa9 HTTP/1.1\r\n", "CHARACTER_NOT_ALLOWED"},
                    Case{"TlsClientHello", std::string("\x16\x03\x01\x02\x00\x01", 6), "CHARACTER_NOT_ALLOWED"},
                    Case{"AbsoluteForm", "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", "TARGET_FORM"},
                    Case{"AuthorityForm", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", "TARGET_FORM"},
                    Case{"AsteriskForGet", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", "TARGET_FORM"}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    HeadersThatDecide, RefusedHead,
    testing::Values(Case{"NoHost", "GET / HTTP/1.1\r\n\r\n", "HOST"},
                    Case{"NoHostOnHttp10", "GET / HTTP/1.0\r\n\r\n", "HOST"},
                    Case{"TwoHosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "HEADER_REPEATED"},
                    Case{"TwoEqualHosts", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", "HEADER_REPEATED"},
                    Case{"EmptyHost", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "HOST"},
                    Case{"HostList", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "HOST"},
                    Case{"HostWithUser", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", "HOST"},
                    Case{"HostWithPath", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "HOST"},
                    Case{"HostWithWordPort", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", "HOST"},
                    Case{"OpenBracketHost", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", "HOST"},
                    Case{"TwoAuthorizations", with("Authorization: Bearer a\r\nAuthorization: Bearer b\r\n"),
                         "HEADER_REPEATED"},
                    Case{"TwoContentTypes", with("Content-Type: text/plain\r\nContent-Type: application/json\r\n"),
                         "HEADER_REPEATED"},
                    Case{"UnknownExpectation", with("Expect: 200-ok\r\n"), "EXPECTATION_FAILED"}),
    name_of);

TEST(RequestHead, AnEncodedWordIsOnlyText) {
  const auto reading = read(with("X: =?utf-8?Q?a=0D=0AEvil:1?=\r\n"));
  EXPECT_EQ(reading.request.header("x"), "=?utf-8?Q?a=0D=0AEvil:1?=");
}

TEST(RequestHead, HeaderNamesAreLowerCaseAndValuesTrimmed) {
  const auto reading = read(with("X-Mixed-Case:  \t two words \t\r\n"));
  EXPECT_EQ(reading.request.header("x-mixed-case"), "two words");
}

TEST(RequestHead, OneBlankLineBeforeTheRequestIsSkipped) {
  EXPECT_EQ(read("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n").why(), "accepted");
}

TEST(RequestHead, MayArriveByteByByte) {
  const auto bytes = with("Content-Length: 5\r\n");
  HeadScan scan;
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    ASSERT_EQ(scan.advance(std::string_view(bytes).substr(0, size), {}), HeadScan::State::NeedMore) << size;
  }
  EXPECT_EQ(scan.advance(bytes, {}), HeadScan::State::Complete);
  EXPECT_EQ(scan.end(), bytes.size());
}

TEST(RequestHead, EndsBeforeWhatFollowsIt) {
  const auto head = with("");
  HeadScan scan;
  ASSERT_EQ(scan.advance(head + "GET /second", {}), HeadScan::State::Complete);
  EXPECT_EQ(scan.end(), head.size());
}

TEST(RequestHead, IsRefusedAtTheFirstByteThatCannotBe) {
  HeadScan scan;
  EXPECT_EQ(scan.advance("\x16", {}), HeadScan::State::Refused);
}

TEST(RequestHead, OfTheGreatestSizeIsAccepted) {
  auto bytes = with("X: \r\n");
  HeadBounds bounds;
  bounds.max_head_bytes = bytes.size() + 100;
  bytes.insert(bytes.size() - 4, 100, 'x');
  EXPECT_EQ(read(bytes, bounds).why(), "accepted");
}

TEST(RequestHead, OfTheGreatestSizeIsAcceptedAfterABlankLine) {
  auto bytes = with("");
  HeadBounds bounds;
  bounds.max_head_bytes = bytes.size();
  EXPECT_EQ(read("\r\n" + bytes, bounds).why(), "accepted");
}

TEST(RequestHead, OneByteTooLongIsRefused) {
  const auto bytes = with("X: abc\r\n");
  HeadBounds bounds;
  bounds.max_head_bytes = bytes.size() - 1;
  EXPECT_EQ(read(bytes, bounds).why(), "HEADERS_TOO_LARGE");
}

TEST(RequestHead, WithTooManyHeadersIsRefused) {
  std::string headers;
  for (int i = 0; i < 100; ++i) headers += "X: y\r\n";
  EXPECT_EQ(read(with(headers)).why(), "HEADERS_TOO_LARGE");
}

TEST(RequestHead, WithAnEndlessTargetIsRefusedBeforeItsEnd) {
  EXPECT_EQ(read("GET /" + std::string(5000, 'a')).why(), "URI_TOO_LONG");
}

TEST(RequestHead, WithATargetJustTooLongIsRefused) {
  EXPECT_EQ(read("GET /" + std::string(4096, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n").why(), "URI_TOO_LONG");
}

TEST(RequestHead, HostsOfEveryKindAreAccepted) {
  for (const auto* host : {"a", "a.example:8080", "127.0.0.1", "[::1]:80", "[2001:db8::7]", "under_score", "a:"}) {
    const auto reading = read("GET / HTTP/1.1\r\nHost: " + std::string(host) + "\r\n\r\n");
    EXPECT_EQ(reading.why(), "accepted") << host;
  }
}

TEST(RequestHead, KeepsTheConnectionByVersionAndWish) {
  const auto keeps = [](std::string_view line, std::string_view header) {
    return read("GET / " + std::string(line) + "\r\nHost: a\r\n" + std::string(header) + "\r\n").framing.keep_alive;
  };
  EXPECT_TRUE(keeps("HTTP/1.1", ""));
  EXPECT_FALSE(keeps("HTTP/1.1", "Connection: foo, Close\r\n"));
  EXPECT_FALSE(keeps("HTTP/1.0", ""));
  EXPECT_TRUE(keeps("HTTP/1.0", "Connection: Keep-Alive\r\n"));
}

TEST(RequestHead, ChunkedIsRecognisedInAnyCase) {
  EXPECT_TRUE(read(with("Transfer-Encoding: Chunked\r\n")).framing.chunked);
}

TEST(RequestHead, AnExpectationOnHttp10IsIgnored) {
  EXPECT_FALSE(read("POST / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\n\r\n").framing.expects_continue);
}

TEST(RequestHead, UpgradesAreDeclinedByAnsweringInHttp11) {
  EXPECT_EQ(read(with("Connection: Upgrade\r\nUpgrade: websocket\r\n")).why(), "accepted");
  const auto h2c = with("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n");
  EXPECT_EQ(read(h2c).why(), "accepted");
}

}  // namespace
}  // namespace gatehouse::http
