// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/export_account.h"
#include "auth/limits.h"
#include "http/request.h"
#include "http/response.h"
#include "providers/keys.h"

namespace gatehouse::auth {

// GET /auth/user/export: what is kept about the caller, as files to keep. A stolen token would take the history of its
// owner with it, so every part asks for a password shown in the last five minutes (spec T7), and an account's exports
// are counted wherever they are asked for. Shown is what this file names and nothing else: no hash, salt, token id or
// binding; of events that others may have caused neither address nor user agent; of payloads the members that are known
// to be about the caller. Any thread.
class ExportHandlers {
 public:
  ExportHandlers(const ExportAccount& account, const Limits& limits, providers::Keys& keys)
      : account_(account), limits_(limits), keys_(keys) {}

  http::Response run(const http::Request& request) const;

 private:
  const ExportAccount& account_;
  const Limits& limits_;
  providers::Keys& keys_;
};

}  // namespace gatehouse::auth
