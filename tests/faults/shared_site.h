// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "site.h"
#include "support/fault_proxy.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

namespace gatehouse::test {

// Tests that share their servers, because each costs a second to start. `Shared` has a `site`, which is stopped before
// what it stands on, and a `proxy` in front of the store.
template <class Shared>
class SharedSite : public testing::Test {
 protected:
  static void SetUpTestSuite() { shared_ = std::make_unique<Shared>(); }
  static void TearDownTestSuite() {
    if (shared_) shared_->site.stop();
    shared_.reset();
  }

  static Shared& shared() { return *shared_; }
  static Site& site() { return shared_->site; }
  static FaultProxy& proxy() { return shared_->proxy; }
  // How long a dependency is held.
  static std::chrono::seconds stop_time() { return std::chrono::seconds(figure("GATEHOUSE_TEST_STOP_SECONDS", 2)); }

  static void trouble_the_line(Load& load) {
    load.fault(Fault::Readiness::Either, [&] {
      proxy().delay(std::chrono::milliseconds(15));
      load.run(5);
      proxy().delay(std::chrono::milliseconds(0));
      proxy().slice(true);
      load.run(5);
      proxy().slice(false);
      proxy().cut_one_in(61);
      load.run(15);
      proxy().reset(true);
      load.run(10);
      proxy().cut_one_in(0);
      proxy().reset(false);
    });
  }

 private:
  inline static std::unique_ptr<Shared> shared_;
};

}  // namespace gatehouse::test
