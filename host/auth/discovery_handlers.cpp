// SPDX-License-Identifier: Apache-2.0
#include "auth/discovery_handlers.h"

#include "http/json_body.h"

namespace gatehouse::auth {
namespace {

std::string_view jose_name(providers::Algorithm algorithm) noexcept {
  switch (algorithm) {
    case providers::Algorithm::HmacSha256: return "HS256";
    case providers::Algorithm::ES256: return "ES256";
    case providers::Algorithm::EdDSA: return "EdDSA";
    case providers::Algorithm::RS256: return "RS256";
  }
  return "ES256";
}

http::Response cacheable(std::string body) {
  auto response = http::Response::json(200, std::move(body));
  response.sensitive = false;
  // Short enough that a rotated key is seen before its predecessor is retired.
  response.headers.emplace_back("Cache-Control", "public, max-age=300");
  return response;
}

}  // namespace

http::Response DiscoveryHandlers::jwks(const http::Request&) const {
  auto response = cacheable(tokens_.jwks());
  response.content_type = "application/jwk-set+json";
  return response;
}

http::Response DiscoveryHandlers::openid_configuration(const http::Request&) const {
  const auto& config = tokens_.config();
  http::JsonWriter writer;
  writer.begin_object().member("issuer", config.issuer).member("jwks_uri", public_url_ + "/.well-known/jwks.json");
  writer.begin_array("id_token_signing_alg_values_supported").element(jose_name(config.algorithm)).end_array();
  writer.begin_array("subject_types_supported").element("public").end_array();
  // No authorization endpoint and no OAuth grant is offered: resource servers read the issuer and the keys here.
  writer.begin_array("response_types_supported").end_array();
  writer.end_object();
  return cacheable(writer.take());
}

}  // namespace gatehouse::auth
