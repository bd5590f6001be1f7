// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config.h"
#include "app/config_load.h"
#include "app/config_problem.h"
#include "app/config_settings.h"

#include <cstddef>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::app {

// Who set a value, and where to point when something is wrong with it.
struct Provenance {
  Origin origin;
  Place place;
  std::vector<Place> elements;  // of a list in the file
};

// A [[plugin]] block's place in the file.
struct BlockSource {
  Place place;
  std::map<std::string, Place, std::less<>> keys = {};  // values by key
  const Node* config = nullptr;                         // [plugin.config]
  std::vector<std::string> doubtful = {};  // keys that were refused, or that an unknown key was meant to be
};

// A configuration while it is put together. Later sources overwrite earlier ones; a value that its rule refuses is
// reported and leaves the setting as it was, but marks it, so that checks of the whole do not build on it.
class ConfigDraft {
 public:
  ConfigDraft(std::string file_name, std::string_view text) : problems(std::move(file_name), text) {}

  // Takes the value of a setting, or reports what is wrong with it.
  void apply(const Setting& setting, ValueOrFault value, Provenance from);
  // The same for storage.<key>, the chain of one kind.
  void apply_chain(std::string_view key, std::string_view kind, ValueOrFault value, Provenance from);

  bool is_set(std::string_view path) const { return set.find(path) != set.end(); }
  // A key was refused that was probably meant to be this setting, or this table.
  void doubt(std::string path) { doubtful_.push_back(std::move(path)); }
  // None of these was refused or may have been meant by something that was.
  bool sound(std::initializer_list<std::string_view> paths) const;
  // No excerpt shows more of it than its key.
  void hide(const Node& node);
  // Where the value of a setting, or one element of it, stands; about the file as a whole when it is a default.
  Place place_of(std::string_view path) const;
  Place place_of(std::string_view path, std::size_t element) const;

  Config config;
  Problems problems;
  std::map<std::string, Provenance, std::less<>> set;        // by path: what somebody has set
  std::map<std::string, std::string, std::less<>> defaults;  // by path: what a default depends on
  std::vector<BlockSource> blocks;                           // parallel to config.plugins
  bool broken_blocks = false;  // a [[plugin]] block was refused: who names it may well be right

 private:
  bool accept(std::string_view path, const ValueOrFault& value, const Provenance& from);
  std::vector<std::string> doubtful_;
};

bool contains(const std::vector<std::string>& names, std::string_view name);

// "storage.sessions" for "session".
std::string chain_path(std::string_view kind);

// The document's tables into the draft. The document outlives the draft.
void read_document(ConfigDraft& draft, const Node& root, const std::vector<std::string>& kinds);

// GATEHOUSE__SERVER__LISTEN and its like.
void read_environment(ConfigDraft& draft, const ConfigInputs& inputs);
// The variables of the systems before us, as defaults.
void read_legacy_environment(ConfigDraft& draft, const ConfigInputs& inputs);
void read_flags(ConfigDraft& draft, const ConfigInputs& inputs);

// What depends on the mode or on other settings.
void fill_defaults(ConfigDraft& draft, const ConfigInputs& inputs);

// Reads every plugin's file and checks its [plugin.config].
void read_plugins(ConfigDraft& draft, const ConfigInputs& inputs);

// What no single setting can know about itself.
void check_whole(ConfigDraft& draft);

}  // namespace gatehouse::app
