// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/plugin.h>
#include <gatehouse/store.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse::bench {

// A store plugin, loaded from its file and opened with a schema, to be called through its C table as the host does.
class LoadedStore {
 public:
  // `texts`: settings that are texts. Throws std::runtime_error.
  LoadedStore(const char* file, const gh_schema& schema,
              const std::vector<std::pair<std::string, std::string>>& texts = {});
  ~LoadedStore();
  LoadedStore(const LoadedStore&) = delete;
  LoadedStore& operator=(const LoadedStore&) = delete;

  const gh_store_v1& table() const noexcept { return *table_; }
  gh_instance* instance() const noexcept { return instance_; }

 private:
  gh_host host_{};
  const gh_plugin* plugin_ = nullptr;
  const gh_store_v1* table_ = nullptr;
  gh_instance* instance_ = nullptr;
};

// A call at `now_us` that may take as long as it likes.
gh_call call_at(std::int64_t now_us) noexcept;

}  // namespace gatehouse::bench
