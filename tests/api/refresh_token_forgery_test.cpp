// SPDX-License-Identifier: Apache-2.0
#include "support/api_test.h"
#include "support/base64url.h"
#include "support/metrics.h"

namespace gatehouse::test {
namespace {

constexpr std::string_view prefix = "ghr_";

class RefreshTokenForgery : public ApiTest {
 protected:
  void SetUp() override {
    start();
    tokens_ = api().signed_up(account("ada"));
    bytes_ = from_base64url(std::string_view(tokens_.refresh).substr(prefix.size()));
    calls_before_ = store_calls();
  }

  // Every attempt so far was refused before any store was asked, and did no harm: the genuine token still works. One
  // call in 64 of the store's is counted, so it takes at least as many attempts to tell.
  void nothing_happened() {
    EXPECT_GE(attempts_, 128);
    EXPECT_EQ(store_calls(), calls_before_) << "a forged token reached the store";
    EXPECT_EQ(api().refresh(tokens_.refresh).status, 200);
  }

  double store_calls() {
    const auto now = metrics();
    double calls = 0;
    for (const auto* verb : {R"(op="store.get")", R"(op="store.get_many")"}) {
      calls += metric(now, "gatehouse_plugin_call_duration_seconds_count", {verb});
    }
    return calls;
  }

  void refused(const std::string& text) {
    const auto response = api().refresh(text);
    EXPECT_TRUE(is_problem(response, 401, "TOKEN_INVALID")) << text;
    ++attempts_;
  }

  Tokens tokens_;
  std::string bytes_;
  double calls_before_ = 0;
  int attempts_ = 0;
};

TEST_F(RefreshTokenForgery, TheStoreIsCounted) {
  for (int i = 0; i < 256; ++i) tokens_ = api().refreshed(tokens_.refresh);
  EXPECT_GE(store_calls(), calls_before_ + 1);
}

TEST_F(RefreshTokenForgery, EveryFlippedBitIsRefusedBeforeTheStore) {
  for (std::size_t bit = 0; bit < bytes_.size() * 8; ++bit) {
    auto forged = bytes_;
    forged[bit / 8] = static_cast<char>(forged[bit / 8] ^ (1 << (bit % 8)));
    refused(std::string(prefix) + base64url(forged));
  }
  nothing_happened();
}

TEST_F(RefreshTokenForgery, EveryTruncationIsRefusedBeforeTheStore) {
  for (std::size_t size = 1; size < tokens_.refresh.size(); ++size) refused(tokens_.refresh.substr(0, size));
  for (std::size_t size = 0; size < bytes_.size(); ++size)
    refused(std::string(prefix) + base64url(bytes_.substr(0, size)));
  nothing_happened();
}

TEST_F(RefreshTokenForgery, EveryExtensionIsRefusedBeforeTheStore) {
  for (const char c : std::string_view("A_-=. /+")) {
    refused(tokens_.refresh + c);
    refused(c + tokens_.refresh);
  }
  for (int byte = 0; byte < 256; ++byte) refused(std::string(prefix) + base64url(bytes_ + static_cast<char>(byte)));
  nothing_happened();
}

TEST_F(RefreshTokenForgery, OneTokenHasOneText) {
  const std::string text = tokens_.refresh.substr(prefix.size());
  refused(text);
  refused("GHR_" + text);
  refused("ghr-" + text);
  refused(tokens_.refresh + '=');
  // The last character has bits that carry nothing; they must be zero.
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  int twins = 0;
  for (const char last : alphabet) {
    auto twin = tokens_.refresh;
    twin.back() = last;
    const bool same_bytes = from_base64url(std::string_view(twin).substr(prefix.size())) == bytes_;
    if (twin == tokens_.refresh || !same_bytes) continue;
    refused(twin);
    ++twins;
  }
  EXPECT_EQ(twins > 0, bytes_.size() % 3 != 0);
  EXPECT_EQ(api().refresh(tokens_.refresh).status, 200);
}

TEST_F(RefreshTokenForgery, GarbageIsRefused) {
  for (const auto& text : {std::string("x"), std::string("ghr_"), "ghr_" + std::string(200, 'A'),
                           "ghr_" + base64url(std::string(98, '\0')), "ghr_" + base64url(std::string(98, '\xff'))}) {
    refused(text);
  }
  for (const auto& text : {std::string(8000, 'A'), "ghr_" + std::string(8000, 'A')}) {
    const auto response = api().refresh(text);
    EXPECT_TRUE(response.status == 401 || response.status == 400) << response.status;
  }
  EXPECT_EQ(api().refresh(tokens_.refresh).status, 200);
}

}  // namespace
}  // namespace gatehouse::test
