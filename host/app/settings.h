// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/config.h"
#include "app/services.h"
#include "crypto/hash_pool.h"
#include "http/server.h"

namespace gatehouse::app {

// The configuration in the words of the layers it is for. Pure.
ServiceSettings service_settings(const Config& config);
// `request_places`: PluginSet's.
http::FrontConfig front_config(const Config& config, unsigned request_places);
http::FrontConfig management_config(const Config& config, unsigned request_places);
crypto::HashPoolConfig hash_pool_config(const Config& config);
sessions::RotationPolicy rotation_policy(const TokenSettings& tokens);
auth::LockoutPolicy lockout_policy(const LockoutSettings& lockout);

}  // namespace gatehouse::app
