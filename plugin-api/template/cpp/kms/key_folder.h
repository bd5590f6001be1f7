// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "key.h"

#include <gatehouse/sdk/status.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace example_kms {

namespace sdk = gatehouse::sdk;

struct KeyFile {
  std::string purpose;
  std::uint32_t version = 0;
  std::uint32_t algorithm = 0;
  std::int64_t created_us = 0;
  std::shared_ptr<const Key> key;
};

// A folder with one file a key, "<purpose>.<version>", for the server's user alone. Files are added and never changed.
// One call at a time.
class KeyFolder {
 public:
  // Nothing happens before open().
  explicit KeyFolder(std::string path) : path_(std::move(path)) {}
  ~KeyFolder();
  KeyFolder(const KeyFolder&) = delete;
  KeyFolder& operator=(const KeyFolder&) = delete;

  // Makes the folder where it is missing and reads what is in it, by purpose and version. A file that is no key, or
  // that others may read, is GH_UNAVAILABLE.
  sdk::Status open(std::vector<KeyFile>& files);

  // GH_OK: it is on the disk. GH_UNAVAILABLE: nothing happened, for instance because another server added that version.
  // GH_IN_DOUBT: it may be there.
  sdk::Status write(const KeyFile& file) const;

 private:
  sdk::Status read(const std::string& name, KeyFile& file) const;
  sdk::Status failed(gh_status status, const std::string& what, const std::string& name) const;

  const std::string path_;
  int folder_ = -1;
};

}  // namespace example_kms
