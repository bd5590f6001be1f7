// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>

namespace gatehouse::plugins {

// Why a configured plugin does not run, for the operator: names the file or the plugin, both versions where versions
// matter, and the fix. The server does not start without a plugin it was told to use.
class LoadError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The plugin said at its start that what it depends on cannot be reached now (GH_UNAVAILABLE, GH_TIMEOUT): nothing is
// wrong with it or its settings, and it may start later.
class Unreachable : public LoadError {
 public:
  using LoadError::LoadError;
};

}  // namespace gatehouse::plugins
