// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/temp_folder.h"

#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace gatehouse::test {

// A disk that is soon full, where the tests run as root: only root may mount one. One thread.
class SmallDisk {
 public:
  explicit SmallDisk(int megabytes) {
    std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
    const std::string options = "mode=0755,size=" + std::to_string(megabytes) + "m";
    mounted_ = ::geteuid() == 0 && ::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, options.c_str()) == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(folder_.path().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool mounted() const { return mounted_; }
  const std::filesystem::path& path() const { return folder_.path(); }

  void fill() const {
    std::ofstream filler(folder_.path() / "filler");
    const std::string piece(64 << 10, 'x');
    while (filler.write(piece.data(), static_cast<std::streamsize>(piece.size())).flush()) {
    }
  }
  void make_room() const { std::filesystem::remove(folder_.path() / "filler"); }

 private:
  TempFolder folder_;
  bool mounted_ = false;
};

}  // namespace gatehouse::test
