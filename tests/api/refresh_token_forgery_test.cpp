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

  // Every attempt so far was refused before any store was asked, and did no harm: the genuine token still works.
  void nothing_happened() {
    EXPECT_EQ(store_calls(), calls_before_) << "a forged token reached the store";
    EXPECT_EQ(api().refresh(tokens_.refresh).status, 200);
  }

  double store_calls() {
    return metric(metrics(), "gatehouse_plugin_call_duration_seconds_count", {R"(plugin="store-memory")"});
  }

  void refused(const std::string& text) {
    const auto response = api().refresh(text);
    EXPECT_TRUE(is_problem(response, 401, "TOKEN_INVALID")) << text;
  }

  Tokens tokens_;
  std::string bytes_;
  double calls_before_ = 0;
};

TEST_F(RefreshTokenForgery, TheStoreIsCounted) {
  ASSERT_GE(calls_before_, 1) << metrics();
  api().refreshed(tokens_.refresh);
  EXPECT_GT(store_calls(), calls_before_);
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
  for (const char c : std::string_view("A_-=.\0 \n/+", 10)) {
    refused(tokens_.refresh + c);
    refused(c + tokens_.refresh);
  }
  for (int byte = 0; byte < 256; byte += 17) refused(std::string(prefix) + base64url(bytes_ + static_cast<char>(byte)));
  nothing_happened();
}

TEST_F(RefreshTokenForgery, OneTokenHasOneText) {
  std::string standard = tokens_.refresh.substr(prefix.size());
  refused(standard);
  refused("GHR_" + standard);
  refused("ghr-" + standard);
  // Bits of the last character that carry nothing must be zero.
  const auto carried = bytes_.size() * 8 % 6;
  if (carried != 0) {
    auto other = tokens_.refresh;
    other.back() = static_cast<char>(other.back() == 'z' ? 'y' : other.back() + 1);
    if (from_base64url(std::string_view(other).substr(prefix.size())) == bytes_) refused(other);
  }
  nothing_happened();
}

TEST_F(RefreshTokenForgery, GarbageIsRefusedBeforeTheStore) {
  for (const auto& text :
       {std::string("x"), std::string("ghr_"), std::string(8000, 'A'), "ghr_" + std::string(8000, 'A'),
        "ghr_" + base64url(std::string(98, '\0')), "ghr_" + base64url(std::string(98, '\xff'))}) {
    const auto response = api().refresh(text);
    EXPECT_TRUE(response.status == 401 || response.status == 400) << response.status;
  }
  nothing_happened();
}

}  // namespace
}  // namespace gatehouse::test
