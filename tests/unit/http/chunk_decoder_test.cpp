// SPDX-License-Identifier: Apache-2.0
#include "http/chunk_decoder.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace gatehouse::http {
namespace {

using State = ChunkDecoder::State;

struct Decoded {
  State state;
  std::string body;
  std::string rest;
};

// `piece`: how many bytes arrive at a time.
Decoded decode(std::string_view bytes, std::size_t limit = 1000, std::size_t piece = 1000) {
  ChunkDecoder decoder;
  Decoded decoded{State::NeedMore, {}, {}};
  while (!bytes.empty() && decoded.state == State::NeedMore) {
    auto part = bytes.substr(0, piece);
    bytes.remove_prefix(part.size());
    decoded.state = decoder.advance(part, decoded.body, limit);
    decoded.rest = part;
  }
  decoded.rest += bytes;
  return decoded;
}

constexpr std::string_view two_chunks = "4\r\nWiki\r\n6\r\npedia \r\n0\r\n\r\nGET /next";

TEST(ChunkedBody, IsReadUpToItsEnd) {
  const auto decoded = decode(two_chunks);
  EXPECT_EQ(decoded.state, State::Complete);
  EXPECT_EQ(decoded.body, "Wikipedia ");
  EXPECT_EQ(decoded.rest, "GET /next");
}

TEST(ChunkedBody, IsTheSameHoweverItArrives) {
  for (std::size_t piece = 1; piece < two_chunks.size(); ++piece) {
    const auto decoded = decode(two_chunks, 1000, piece);
    EXPECT_EQ(decoded.state, State::Complete) << piece;
    EXPECT_EQ(decoded.body, "Wikipedia ") << piece;
    EXPECT_EQ(decoded.rest, "GET /next") << piece;
  }
}

TEST(ChunkedBody, MayBeEmpty) { EXPECT_EQ(decode("0\r\n\r\n").state, State::Complete); }

TEST(ChunkedBody, ExtensionsAreSkipped) {
  const auto decoded = decode("4;name=value;other=\"a b\"\r\nWiki\r\n0;x\r\n\r\n");
  EXPECT_EQ(decoded.state, State::Complete);
  EXPECT_EQ(decoded.body, "Wiki");
}

TEST(ChunkedBody, IsRefusedWhereReadersDiffer) {
  for (const auto* bytes : {"0x5\r\nhello\r\n0\r\n\r\n", "5 \r\nhello\r\n", " 5\r\nhello\r\n", "+5\r\nhello\r\n",
                            "-5\r\n", "5\nhello\n", "5\rhello", "\r\n", "g\r\n", "5\r\nhello0\r\n\r\n",
                            "5\r\nhello\n0\r\n\r\n", "5\r\nhellooo\r\n", "000000005\r\nhello", "fffffffff\r\n",
                            "ffffffffffffffffffff\r\n", "5,5\r\nhello", "5;a\nb\r\nhello", "5;a\x01\r\nhello"}) {
    EXPECT_EQ(decode(bytes).state, State::Malformed) << bytes;
  }
}

TEST(ChunkedBody, TrailersAreRefused) {
  EXPECT_EQ(decode("0\r\nX: y\r\n\r\n").state, State::Malformed);
  EXPECT_EQ(decode("0\r\nGET /smuggled HTTP/1.1\r\n\r\n").state, State::Malformed);
}

TEST(ChunkedBody, OverTheLimitIsRefusedBeforeItsBytesCome) {
  const auto decoded = decode("3e9\r\n");
  EXPECT_EQ(decoded.state, State::TooLong);
  EXPECT_EQ(decoded.body, "");
}

TEST(ChunkedBody, OverTheLimitInSumIsRefused) {
  EXPECT_EQ(decode("4\r\nWiki\r\n2\r\n", 5).state, State::TooLong);
  EXPECT_EQ(decode("4\r\nWiki\r\n1\r\np\r\n0\r\n\r\n", 5).state, State::Complete);
}

TEST(ChunkedBody, EndlessExtensionsAreRefused) {
  EXPECT_EQ(decode("1;" + std::string(1000, 'x')).state, State::Malformed);
  std::string many;
  for (int i = 0; i < 100; ++i) many += "1;xxx\r\na\r\n";
  EXPECT_EQ(decode(many).state, State::Malformed);
}

}  // namespace
}  // namespace gatehouse::http
