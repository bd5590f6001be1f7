#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds everything as it is shipped and runs all tests. Arguments go to ctest:
#
#   scripts/test.sh                all of them
#   scripts/test.sh -R Refresh     those whose name matches
#   scripts/test.sh -L unit        those with a label
#
# GATEHOUSE_WERROR=ON makes warnings errors, as in CI.

# shellcheck source=scripts/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

require_packages run test
configure release -DGATEHOUSE_TESTS=ON -DGATEHOUSE_WERROR="${GATEHOUSE_WERROR:-OFF}"
build release
exec ctest --test-dir "$root/build/release" -j "$(build_jobs)" --output-on-failure "$@"
