// SPDX-License-Identifier: Apache-2.0
#include "key_folder.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <system_error>
#include <tuple>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace example_kms {
namespace {

constexpr char aside[] = ".new";

std::string name_of(const KeyFile& file) { return file.purpose + "." + std::to_string(file.version); }

template <class Number>
bool is_number(std::string_view text, Number& number) {
  const auto* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  return parsed.ec == std::errc{} && parsed.ptr == end;
}

// The file's name is "<purpose>.<version>", its content "<algorithm> <created_us>\n" and the key.
bool parse(const std::string& name, std::string_view content, KeyFile& file) {
  const auto dot = name.rfind('.');
  const auto blank = content.find(' ');
  const auto line = content.find('\n');
  if (dot == name.npos || dot == 0 || line == content.npos || blank > line) return false;
  file.purpose = name.substr(0, dot);
  if (!is_number(std::string_view(name).substr(dot + 1), file.version) ||
      !is_number(content.substr(0, blank), file.algorithm) ||
      !is_number(content.substr(blank + 1, line - blank - 1), file.created_us)) {
    return false;
  }
  file.key = Key::decode(file.algorithm, content.substr(line + 1));
  return file.key != nullptr;
}

}  // namespace

KeyFolder::~KeyFolder() {
  if (folder_ >= 0) ::close(folder_);
}

sdk::Status KeyFolder::failed(gh_status status, const std::string& what, const std::string& name) const {
  return {status, what + " " + path_ + "/" + name + ": " + std::generic_category().message(errno)};
}

sdk::Status KeyFolder::open(std::vector<KeyFile>& files) {
  if (::mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST) return failed(GH_UNAVAILABLE, "cannot make", "");
  folder_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder_ < 0) return failed(GH_UNAVAILABLE, "cannot open", "");
  ::unlinkat(folder_, aside, 0);  // a server was killed while it wrote
  for (const auto& entry : std::filesystem::directory_iterator(path_)) {
    if (auto status = read(entry.path().filename(), files.emplace_back()); !status.ok()) return status;
  }
  std::sort(files.begin(), files.end(), [](const KeyFile& a, const KeyFile& b) {
    return std::tie(a.purpose, a.version) < std::tie(b.purpose, b.version);
  });
  return {};
}

sdk::Status KeyFolder::read(const std::string& name, KeyFile& file) const {
  const int fd = ::openat(folder_, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return failed(GH_UNAVAILABLE, "cannot open", name);
  struct stat info {};
  std::array<char, 1024> bytes{};
  const auto size = ::fstat(fd, &info) == 0 ? ::read(fd, bytes.data(), bytes.size()) : -1;
  ::close(fd);
  if (size < 0) return failed(GH_UNAVAILABLE, "cannot read", name);
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return {GH_UNAVAILABLE, path_ + "/" + name + ": others than the server may read this key; chmod 600 it"};
  }
  const bool is_key = parse(name, {bytes.data(), static_cast<std::size_t>(size)}, file);
  OPENSSL_cleanse(bytes.data(), bytes.size());
  if (is_key) return {};
  return {GH_UNAVAILABLE, path_ + "/" + name + ": is no key of this plugin; take it away, or put the right file back"};
}

sdk::Status KeyFolder::write(const KeyFile& file) const {
  const auto name = name_of(file);
  std::string secret = file.key->encode();
  std::string text = std::to_string(file.algorithm) + " " + std::to_string(file.created_us) + "\n" + secret;
  OPENSSL_cleanse(secret.data(), secret.size());
  const int fd = ::openat(folder_, aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  const bool written =
      fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  OPENSSL_cleanse(text.data(), text.size());
  if (fd >= 0) ::close(fd);
  // A link, because a rename would replace the same version of another server.
  const bool linked = written && ::linkat(folder_, aside, folder_, name.c_str(), 0) == 0;
  auto status = linked ? sdk::Status() : failed(GH_UNAVAILABLE, "cannot write", name);
  ::unlinkat(folder_, aside, 0);
  if (linked && ::fsync(folder_) != 0) return failed(GH_IN_DOUBT, "cannot flush", name);
  return status;
}

}  // namespace example_kms
