// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/sdk/call.hpp>
#include <gatehouse/sdk/host.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace gatehouse::mail_outbox {

// A folder of messages, one file each. Failures are thrown as sdk::StatusError with a sentence that names the folder:
// GH_DENIED where rights are missing, GH_UNAVAILABLE and GH_TIMEOUT otherwise; nothing was put then. Any thread, and
// any number of processes at once.
class OutboxFolder {
 public:
  explicit OutboxFolder(std::string path) : path_(std::move(path)) {}

  const std::string& path() const noexcept { return path_; }

  // Makes it, for its owner only, where it is missing.
  void make() const;
  void check() const;

  // Writes "<UTC time>-<message id>.eml", so that a listing is in the order of time, or overwrites the file this
  // message id has already. The file appears whole or not at all. GH_IN_DOUBT: it is there, but whether it outlives a
  // power failure is not known.
  void put(const sdk::Call& call, const sdk::Host& host, std::string_view message_id, std::string_view message) const;

 private:
  std::string path_;
};

// "20260802T101112.123456Z-" + the id, with everything but [A-Za-z0-9._@-] as %XX, + ".eml": different ids, different
// names, and never a path.
std::string file_name(std::int64_t time_us, std::string_view message_id);

}  // namespace gatehouse::mail_outbox
