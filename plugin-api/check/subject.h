// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "plugins/settings.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::check {

// A point of the contract the author says the plugin does not keep. The case runs all the same; where it fails, the
// report says so together with the reason.
struct Quirk {
  std::string case_name;
  std::string reason;
};

// A published result for a key that the settings of the check file give the plugin.
struct Vector {
  std::string purpose;
  std::uint32_t algorithm = 0;  // GH_ALG_*
  std::uint32_t version = 0;    // 0: the current one
  std::string message;
  std::string result;  // a MAC, or a signature of an algorithm that gives one only
};

// The plugin under test and what its author says about it.
struct Subject {
  std::filesystem::path file{};  // absolute
  // As written in the check file; a list of texts is one entry an element, secrets are resolved.
  std::vector<plugins::ConfigEntry> settings{};
  std::vector<Quirk> quirks{};
  std::vector<Vector> vectors{};
  // They were taken from a server's configuration by `gatehouse plugins verify`: what is said of them is said to its
  // caller.
  bool from_server = false;
  double effort = 1;             // how much random histories and races do
  double time_factor = 1;        // how much longer than usual a case may take
  std::uint64_t seed = 1;        // of everything that is random
  std::optional<int> history{};  // of the random histories of a store this one alone
};

class SubjectError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Reads the file given with --config into `subject`. Throws SubjectError with file, line and what is wrong.
//   [config]     the plugin's settings, as an operator writes them below [plugin.config]
//   [check]      effort, time_factor, seed, history
//   [[quirk]]    case, reason
//   [[vector]]   purpose, algorithm, version, message, result; the last two in hex
void read_subject(const std::filesystem::path& file, Subject& subject);

// Adds the settings of a server's configuration, which `file` holds below [config], where the check file has none of
// that key. Throws as read_subject does.
void add_server_settings(const std::filesystem::path& file, Subject& subject);

}  // namespace gatehouse::check
