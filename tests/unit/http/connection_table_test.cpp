// SPDX-License-Identifier: Apache-2.0
#include "http/connection_table.h"

#include "base/metrics.h"

#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include <chrono>
#include <vector>

namespace gatehouse::http {
namespace {

using Cap = ConnectionTable::AddressCap;

class Table : public testing::Test {
 protected:
  ~Table() override {
    for (const int fd : others_) ::close(fd);
  }

  // One end of a pair for the table; the other end stays here.
  int socket() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    others_.push_back(ends[1]);
    return ends[0];
  }

  Connection* open(ConnectionTable& table, const char* peer, Cap cap = Cap::Counts) {
    const int fd = socket();
    auto* connection = table.open(fd, *IpAddress::parse(peer), cap);
    if (connection == nullptr) ::close(fd);
    return connection;
  }

  static void wait(Connection& connection, Waiting waiting, int deadline) {
    connection.waiting = waiting;
    connection.deadline = ticks(Steady(std::chrono::seconds(deadline)));
  }

  MetricRegistry metrics_;
  std::vector<int> others_;
};

TEST_F(Table, AnAddressHasNoMoreThanItsShare) {
  ConnectionTable table(100, 2, metrics_);
  auto* first = open(table, "203.0.113.1");
  ASSERT_NE(first, nullptr);
  ASSERT_NE(open(table, "203.0.113.1"), nullptr);
  EXPECT_EQ(open(table, "203.0.113.1"), nullptr);
  EXPECT_NE(open(table, "203.0.113.2"), nullptr);
  table.close(*first);
  EXPECT_NE(open(table, "203.0.113.1"), nullptr);
}

TEST_F(Table, ASiteOfIpv6IsOneAddress) {
  ConnectionTable table(100, 1, metrics_);
  ASSERT_NE(open(table, "2001:db8:1:2::1"), nullptr);
  EXPECT_EQ(open(table, "2001:db8:1:2:ffff::9"), nullptr);
  EXPECT_NE(open(table, "2001:db8:1:3::1"), nullptr);
}

TEST_F(Table, ExemptAddressesHaveNoShare) {
  ConnectionTable table(100, 1, metrics_);
  EXPECT_NE(open(table, "10.0.0.1", Cap::Exempt), nullptr);
  EXPECT_NE(open(table, "10.0.0.1", Cap::Exempt), nullptr);
}

TEST_F(Table, ARowIsUsedAgain) {
  ConnectionTable table(100, 0, metrics_);
  auto* first = open(table, "203.0.113.1");
  table.close(*first);
  EXPECT_EQ(open(table, "203.0.113.2"), first);
  EXPECT_EQ(first->peer_text, "203.0.113.2");
  EXPECT_EQ(table.size(), 1U);
}

TEST_F(Table, AtTheCapOnlyTheLongestWaitIsEnded) {
  ConnectionTable table(3, 0, metrics_);
  auto* newer = open(table, "203.0.113.1");
  auto* oldest = open(table, "203.0.113.2");
  auto* busy = open(table, "203.0.113.3");
  wait(*newer, Waiting::Request, 20);
  wait(*oldest, Waiting::Request, 10);
  EXPECT_NE(open(table, "203.0.113.4"), nullptr);
  EXPECT_TRUE(oldest->expired);
  EXPECT_FALSE(newer->expired);
  EXPECT_FALSE(busy->expired);
}

TEST_F(Table, IdleConnectionsLeaveBeforeSlowOnes) {
  ConnectionTable table(2, 0, metrics_);
  auto* slow = open(table, "203.0.113.1");
  auto* idle = open(table, "203.0.113.2");
  wait(*slow, Waiting::Head, 10);
  wait(*idle, Waiting::Request, 20);
  EXPECT_NE(open(table, "203.0.113.3"), nullptr);
  EXPECT_TRUE(idle->expired);
  EXPECT_NE(open(table, "203.0.113.4"), nullptr);
  EXPECT_TRUE(slow->expired);
}

TEST_F(Table, WithEveryoneBusyNobodyComesIn) {
  ConnectionTable table(1, 0, metrics_);
  auto* busy = open(table, "203.0.113.1");
  EXPECT_EQ(open(table, "203.0.113.2"), nullptr);
  wait(*busy, Waiting::Body, 10);
  EXPECT_EQ(open(table, "203.0.113.2"), nullptr);
}

TEST_F(Table, ThoseToldToGoDoNotCountButAreNotToldTwice) {
  ConnectionTable table(1, 0, metrics_);
  auto* first = open(table, "203.0.113.1");
  wait(*first, Waiting::Request, 10);
  ASSERT_NE(open(table, "203.0.113.2"), nullptr);
  EXPECT_EQ(open(table, "203.0.113.3"), nullptr);
  EXPECT_EQ(table.size(), 2U);
}

TEST_F(Table, OnlyWaitsThatAreOverAreEnded) {
  ConnectionTable table(100, 0, metrics_);
  auto* over = open(table, "203.0.113.1");
  auto* not_yet = open(table, "203.0.113.2");
  auto* owned = open(table, "203.0.113.3");
  wait(*over, Waiting::Head, 10);
  wait(*not_yet, Waiting::Head, 30);
  wait(*owned, Waiting::Nothing, 10);
  table.expire(Steady(std::chrono::seconds(20)));
  EXPECT_TRUE(over->expired);
  EXPECT_FALSE(not_yet->expired);
  EXPECT_FALSE(owned->expired);
  char byte = 0;
  EXPECT_EQ(::recv(over->fd, &byte, 1, 0), 0);
  EXPECT_LT(::recv(not_yet->fd, &byte, 1, 0), 0);
}

TEST_F(Table, KnowsWhenItIsEmpty) {
  ConnectionTable table(100, 0, metrics_);
  auto* connection = open(table, "203.0.113.1");
  EXPECT_FALSE(table.wait_until_empty(std::chrono::milliseconds(1)));
  table.close(*connection);
  EXPECT_TRUE(table.wait_until_empty(std::chrono::milliseconds(1)));
}

}  // namespace
}  // namespace gatehouse::http
