// SPDX-License-Identifier: Apache-2.0
#include "case.h"
#include "context.h"

namespace gatehouse::check {
namespace {

using namespace std::chrono_literals;

void loads(Context& context) { context.plugin(); }

}  // namespace

std::vector<Case> loading_cases() {
  return {
      {"loading.loads", "The host loads it: file, machine, symbols, versions and tables are as they must be.", "", 20s,
       loads},
  };
}

}  // namespace gatehouse::check
