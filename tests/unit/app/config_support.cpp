// SPDX-License-Identifier: Apache-2.0
#include "config_support.h"

#include <gatehouse/kms.h>
#include <gatehouse/mail_transport.h>
#include <gatehouse/rate_limiter.h>
#include <gatehouse/store.h>

#include <optional>
#include <utility>

namespace gatehouse::app {
namespace {

using plugins::SettingInfo;
using plugins::SettingType;

SettingInfo info(std::string key, SettingType type, std::optional<std::string> default_value = {}) {
  SettingInfo info;
  info.key = std::move(key);
  info.type = type;
  info.default_value = std::move(default_value);
  info.summary = "About " + info.key + ".";
  return info;
}

SettingInfo secret(SettingInfo info) {
  info.secret = true;
  return info;
}

SettingInfo required(SettingInfo info) {
  info.required = true;
  return info;
}

SettingInfo one_of(SettingInfo info, std::vector<std::string> allowed) {
  info.allowed = std::move(allowed);
  return info;
}

PluginDescription acme_store() {
  return {"acme-store",
          {required(info("url", SettingType::Text)), secret(info("password", SettingType::Text)),
           secret(info("dsn", SettingType::Text)), info("timeout", SettingType::Duration, "150ms"),
           info("cache", SettingType::Size, "1MiB"), info("pool_size", SettingType::Int, "8"),
           info("read_only", SettingType::Bool, "false"),
           one_of(info("tls", SettingType::Text, "require"), {"require", "verify-full", "off"}),
           info("folder", SettingType::Path, "acme"), info("hosts", SettingType::TextList)},
          {GH_STORE_V1},
          {}};
}

PluginDescription redis_store() {
  return {"store-redis",
          {info("url", SettingType::Text, "redis://127.0.0.1:6379"), info("username", SettingType::Text),
           secret(info("password", SettingType::Text))},
          {GH_STORE_V1, GH_RATE_LIMITER_V1},
          {}};
}

PluginDescription smtp_mail() {
  return {"mail-smtp",
          {required(info("host", SettingType::Text)), info("port", SettingType::Int),
           one_of(info("tls", SettingType::Text, "starttls"), {"starttls", "tls", "none"}),
           info("username", SettingType::Text), secret(info("password", SettingType::Text))},
          {GH_MAIL_TRANSPORT_V1},
          {}};
}

sdk::Expected<PluginDescription, std::string> describe(const PluginBlock& block, const std::vector<std::string>&) {
  if (block.library == "store-memory") {
    return PluginDescription{"store-memory", {}, {GH_STORE_V1, GH_RATE_LIMITER_V1}, {}};
  }
  if (block.library == "mail-outbox") {
    return PluginDescription{"mail-outbox", {info("folder", SettingType::Path, "outbox")}, {GH_MAIL_TRANSPORT_V1}, {}};
  }
  if (block.library == "kms-local") {
    return PluginDescription{"kms-local",
                             {info("keyring", SettingType::Path, "keyring"), info("create", SettingType::Bool, "true"),
                              secret(info("hmac_secrets", SettingType::TextList))},
                             {GH_KMS_V1},
                             {}};
  }
  if (block.library == "store-postgres") {
    return PluginDescription{"store-postgres", {secret(required(info("url", SettingType::Text)))}, {GH_STORE_V1}, {}};
  }
  if (block.library == "store-redis") return redis_store();
  if (block.library == "kms-vault") {
    return PluginDescription{"kms-vault",
                             {required(info("address", SettingType::Text)), secret(info("token", SettingType::Text))},
                             {GH_KMS_V1},
                             {}};
  }
  if (block.library == "mail-smtp") return smtp_mail();
  if (block.library == "acme-store") return acme_store();
  return "no file " + block.library + ".so in /lib/gatehouse";
}

}  // namespace

const std::string production_file = R"(mode = "production"
public_url = "https://auth.example.com"
storage.default = ["pg"]
keys.provider = "keys"
rate_limit.limiter = "memory"

[[plugin]]
name = "pg"
library = "acme-store"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
[plugin.config]
url = "acme://db"

[[plugin]]
name = "keys"
library = "kms-local"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"

[[plugin]]
name = "memory"
library = "store-memory"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"

[[plugin]]
name = "smtp"
library = "mail-smtp"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
[plugin.config]
host = "mail.example.com"

[mail]
deliver_via = ["smtp"]
from = "Example <no-reply@example.com>"
)";

FlagValue dev_flag() { return {"--dev", "mode", "dev"}; }

ConfigOutcome load(Given given) {
  given.environment.try_emplace("HOME", "/home/test");
  ConfigInputs inputs;
  inputs.file_name = "gatehouse.toml";
  inputs.file_text = std::move(given.file);
  inputs.environment = std::move(given.environment);
  inputs.flags = std::move(given.flags);
  inputs.kinds = {"user", "session", "event"};
  inputs.default_plugin_path = "/lib/gatehouse";
  inputs.describe = describe;
  inputs.ask = std::move(given.ask);
  inputs.read_secret = [&](const std::string& path) -> sdk::Expected<SecretText, std::string> {
    const auto found = given.secret_files.find(path);
    if (found == given.secret_files.end()) return "no file " + path;
    return SecretText{Secret<std::string>(found->second), given.secrets_open};
  };
  return load_config(inputs);
}

std::vector<std::string> summary(const ConfigOutcome& outcome) {
  std::vector<std::string> lines;
  for (const auto& problem : outcome.problems) {
    auto line = problem.kind->severity == Severity::Error ? std::string("error ") : std::string("warning ");
    line.append(problem.kind->id).append(" ").append(problem.place.source);
    const auto& at = problem.place.at;
    if (at.line != 0) line.append(":").append(std::to_string(at.line)).append(":").append(std::to_string(at.column));
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace gatehouse::app
