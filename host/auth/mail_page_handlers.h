// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/request.h"
#include "http/response.h"

#include <string>

namespace gatehouse::auth {

// The pages behind the links in mails. A link has its token behind '#', which browsers keep to themselves: it is in no
// log and no Referer, and a scanner that opens the link spends nothing. The page's own script sends it, when somebody
// presses the button, to the route of the same path. Pages are constant; any thread.
class MailPageHandlers {
 public:
  MailPageHandlers();

  http::Response verify_email(const http::Request& request) const;
  http::Response reset_password(const http::Request& request) const;

 private:
  http::Response page(const std::string& body) const;

  std::string verify_;
  std::string reset_;
  std::string policy_;  // Content-Security-Policy that lets exactly these pages' script and style run
};

}  // namespace gatehouse::auth
