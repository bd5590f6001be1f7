// SPDX-License-Identifier: Apache-2.0
#include "http/client_address.h"

#include "unit/http/doubles.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace gatehouse::http {
namespace {

using Headers = std::vector<std::pair<std::string, std::string>>;

class ClientBehindProxies : public testing::Test {
 protected:
  std::string resolve(std::string_view peer, Headers headers) {
    Request request;
    request.headers = std::move(headers);
    const auto address = IpAddress::parse(peer);
    return address ? client_.resolve(*address, address->text(), request) : "not an address";
  }

  test::KeepingLog log_;
  ClientAddress client_{{"10.0.0.0/8", "2001:db8:aa::/48", "192.0.2.7"}, log_};
};

TEST_F(ClientBehindProxies, IsThePeerWithoutForwardingHeaders) {
  EXPECT_EQ(resolve("10.0.0.1", {}), "10.0.0.1");
  EXPECT_EQ(resolve("203.0.113.9", {}), "203.0.113.9");
}

TEST_F(ClientBehindProxies, IsWhatTheTrustedProxySays) {
  EXPECT_EQ(resolve("10.0.0.1", {{"x-forwarded-for", "203.0.113.9"}}), "203.0.113.9");
  EXPECT_EQ(resolve("10.0.0.1", {{"forwarded", "for=203.0.113.9;proto=https"}}), "203.0.113.9");
}

TEST_F(ClientBehindProxies, IsThePeerWhenThatIsNotTrusted) {
  EXPECT_EQ(resolve("203.0.113.1", {{"x-forwarded-for", "198.51.100.1"}}), "203.0.113.1");
  EXPECT_EQ(resolve("203.0.113.1", {{"forwarded", "for=198.51.100.1"}}), "203.0.113.1");
}

TEST_F(ClientBehindProxies, IsTheFirstUntrustedAddressFromTheRight) {
  EXPECT_EQ(resolve("10.0.0.1", {{"x-forwarded-for", "1.1.1.1, 203.0.113.9, 10.9.9.9, 192.0.2.7"}}), "203.0.113.9");
}

TEST_F(ClientBehindProxies, RepeatedHeadersAreOneList) {
  EXPECT_EQ(resolve("10.0.0.1", {{"x-forwarded-for", "1.1.1.1"}, {"x-forwarded-for", "203.0.113.9"}}), "203.0.113.9");
}

TEST_F(ClientBehindProxies, IsTheFarthestProxyWhenAllAreTrusted) {
  EXPECT_EQ(resolve("10.0.0.1", {{"x-forwarded-for", "10.3.3.3, 10.2.2.2"}}), "10.3.3.3");
}

TEST_F(ClientBehindProxies, GarbageEndsTheWalkAtTheProxyThatSentIt) {
  EXPECT_EQ(resolve("10.0.0.1", {{"x-forwarded-for", "203.0.113.9, garbage, 10.2.2.2"}}), "10.2.2.2");
  EXPECT_EQ(resolve("10.0.0.1", {{"forwarded", "for=unknown"}}), "10.0.0.1");
  EXPECT_EQ(resolve("10.0.0.1", {{"forwarded", "for=_hidden, for=10.2.2.2"}}), "10.2.2.2");
}

TEST_F(ClientBehindProxies, EmptyElementsDoNotCount) {
  EXPECT_EQ(resolve("10.0.0.1", {{"x-forwarded-for", "203.0.113.9,, 10.2.2.2, "}}), "203.0.113.9");
}

TEST_F(ClientBehindProxies, AQuoteOpenedByTheClientSwallowsNothing) {
  EXPECT_EQ(resolve("10.0.0.1", {{"forwarded", "for=\"1.1.1.1, for=203.0.113.9"}}), "203.0.113.9");
}

TEST_F(ClientBehindProxies, AddressesHaveOneSpelling) {
  EXPECT_EQ(resolve("10.0.0.1", {{"x-forwarded-for", "2001:0DB8:0000::0001"}}), "2001:db8::1");
  EXPECT_EQ(resolve("10.0.0.1", {{"x-forwarded-for", "::ffff:203.0.113.9"}}), "203.0.113.9");
  EXPECT_EQ(resolve("10.0.0.1", {{"x-forwarded-for", "::FFFF:CB00:7109"}}), "203.0.113.9");
  EXPECT_EQ(resolve("::ffff:10.0.0.1", {{"x-forwarded-for", "203.0.113.9"}}), "203.0.113.9");
}

TEST_F(ClientBehindProxies, PortsAreDropped) {
  EXPECT_EQ(resolve("10.0.0.1", {{"x-forwarded-for", "203.0.113.9:4711"}}), "203.0.113.9");
  EXPECT_EQ(resolve("10.0.0.1", {{"x-forwarded-for", "[2001:db8::1]:4711"}}), "2001:db8::1");
  EXPECT_EQ(resolve("10.0.0.1", {{"forwarded", "For=\"[2001:db8::1]:4711\""}}), "2001:db8::1");
}

TEST_F(ClientBehindProxies, HeadersThatDisagreeAreBothDisbelieved) {
  EXPECT_EQ(resolve("10.0.0.1", {{"x-forwarded-for", "203.0.113.9"}, {"forwarded", "for=198.51.100.1"}}), "10.0.0.1");
  EXPECT_EQ(resolve("10.0.0.1", {{"x-forwarded-for", "203.0.113.9"}, {"forwarded", "for=203.0.113.9"}}), "203.0.113.9");
}

TEST_F(ClientBehindProxies, AnUntrustedForwardingPeerIsReportedOnceWithTheLineToAdd) {
  resolve("203.0.113.1", {{"x-forwarded-for", "1.1.1.1"}});
  resolve("203.0.113.2", {{"x-forwarded-for", "1.1.1.1"}});
  EXPECT_EQ(log_.count("forwarding header", "[server] trusted_proxies = [\"203.0.113.1\"]"), 1U);
  EXPECT_EQ(log_.lines().size(), 1U);
}

TEST(TrustedProxies, ThatAreNoRangesAreRefused) {
  test::KeepingLog log;
  for (const auto* text : {"", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8x", "proxy.example", "10.0.0.1/8",
                           "2001:db8::/129", "::ffff:10.0.0.0/90", "::ffff:10.0.0.0/129", "*"}) {
    EXPECT_THROW(ClientAddress({text}, log), std::invalid_argument) << text;
  }
}

TEST(TrustedProxies, MayBeIpv4WrittenAsIpv6) {
  test::KeepingLog log;
  const ClientAddress one({"::ffff:10.0.0.1", "::ffff:192.0.2.0/120", "::ffff:10.9.0.0/128"}, log);
  EXPECT_TRUE(one.trusts(*IpAddress::parse("10.0.0.1")));
  EXPECT_FALSE(one.trusts(*IpAddress::parse("10.0.0.2")));
  EXPECT_TRUE(one.trusts(*IpAddress::parse("192.0.2.200")));
  EXPECT_FALSE(one.trusts(*IpAddress::parse("192.0.3.1")));
}

TEST(TrustedProxies, ARangeOfAllBitsZeroTrustsOneFamily) {
  test::KeepingLog log;
  const ClientAddress v4({"0.0.0.0/0"}, log);
  EXPECT_TRUE(v4.trusts(*IpAddress::parse("203.0.113.1")));
  EXPECT_FALSE(v4.trusts(*IpAddress::parse("2001:db8::1")));
}

TEST(IpAddress, KnowsLoopback) {
  EXPECT_TRUE(IpAddress::parse("127.0.0.5")->is_loopback());
  EXPECT_TRUE(IpAddress::parse("::1")->is_loopback());
  EXPECT_TRUE(IpAddress::parse("::ffff:127.0.0.1")->is_loopback());
  EXPECT_FALSE(IpAddress::parse("128.0.0.1")->is_loopback());
  EXPECT_FALSE(IpAddress().is_loopback());
}

}  // namespace
}  // namespace gatehouse::http
