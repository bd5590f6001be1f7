// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/request.h"
#include "http/response.h"
#include "tokens/access_token.h"

#include <string>

namespace gatehouse::auth {

// GET /.well-known/jwks.json and /.well-known/openid-configuration. Any thread.
class DiscoveryHandlers {
 public:
  // `public_url` without a trailing slash: what links in answers begin with.
  DiscoveryHandlers(const tokens::AccessTokens& tokens, std::string public_url)
      : tokens_(tokens), public_url_(std::move(public_url)) {}

  http::Response jwks(const http::Request& request) const;
  http::Response openid_configuration(const http::Request& request) const;

 private:
  const tokens::AccessTokens& tokens_;
  std::string public_url_;
};

}  // namespace gatehouse::auth
