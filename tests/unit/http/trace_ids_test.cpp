// SPDX-License-Identifier: Apache-2.0
#include "http/trace_ids.h"

#include "base/random.h"
#include "unit/http/doubles.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>
#include <vector>

namespace gatehouse::http {
namespace {

constexpr const char* valid = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const Time now{std::chrono::hours(24 * 365 * 56)};

Request assigned(std::string traceparent) {
  SystemRandom random;
  TraceIds ids(random);
  Request request;
  if (!traceparent.empty()) request.headers.emplace_back("traceparent", std::move(traceparent));
  ids.assign(request, now);
  return request;
}

TEST(TraceIds, AValidTraceIsContinuedWithANewSpan) {
  const auto request = assigned(valid);
  EXPECT_EQ(request.request_id, "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(request.traceparent.substr(0, 36), "00-0af7651916cd43dd8448eb211c80319c-");
  EXPECT_NE(request.traceparent, valid);
  EXPECT_EQ(request.traceparent.size(), 55U);
}

TEST(TraceIds, AnInvalidTraceIsReplaced) {
  const std::string text = valid;
  const std::vector<std::string> headers = {"x",
                                            text.substr(0, 54),
                                            text + "0",
                                            text + "-x",
                                            "ff" + text.substr(2),
                                            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                                            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                                            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                                            "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",
                                            "00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01"};
  for (const auto& header : headers) {
    EXPECT_NE(assigned(header).request_id, "0af7651916cd43dd8448eb211c80319c") << header;
  }
}

TEST(TraceIds, ALaterVersionMaySayMore) {
  EXPECT_EQ(assigned("01" + std::string(valid).substr(2) + "-more").request_id, "0af7651916cd43dd8448eb211c80319c");
}

TEST(TraceIds, NewOnesAreHexAndDiffer) {
  SystemRandom random;
  TraceIds ids(random);
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    Request request;
    ids.assign(request, now);
    EXPECT_EQ(request.request_id.size(), 32U);
    EXPECT_EQ(request.request_id.find_first_not_of("0123456789abcdef"), std::string::npos);
    seen.insert(request.request_id + request.traceparent);
  }
  EXPECT_EQ(seen.size(), 1000U);
}

TEST(TraceIds, WithoutRandomnessRequestsStillHaveIdsThatDiffer) {
  test::NoRandom random;
  TraceIds ids(random);
  Request first;
  Request second;
  ids.assign(first, now);
  ids.assign(second, now);
  EXPECT_EQ(first.request_id.size(), 32U);
  EXPECT_NE(first.request_id, second.request_id);
}

}  // namespace
}  // namespace gatehouse::http
