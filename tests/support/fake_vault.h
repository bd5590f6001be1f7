// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/fake_transit.h"
#include "support/stream_server.h"
#include "support/test_ca.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::test {

struct FakeVaultOptions {
  bool tls = true;
  std::string name = "127.0.0.1";  // on the certificate
  std::chrono::seconds certificate_ends = std::chrono::hours(1);
  std::string name_space{};  // required with every request
};

// As much of HashiCorp Vault's published HTTP API as a client of transit needs: AppRole login, token lookup and
// renewal, transit keys, hmac, sign and rotate, with real keys. It fails as the test says. Any thread.
class FakeVault {
 public:
  explicit FakeVault(FakeVaultOptions options = {});
  ~FakeVault();

  std::string url() const;
  const std::string& ca_pem() const { return ca_.pem(); }
  void down() { server_->stop(); }
  void up() { server_->start(); }
  void cut_connections() { server_->cut_connections(); }
  std::size_t connections() const { return server_->accepted(); }

  void add_token(const std::string& token, std::int64_t ttl_s = 3600, bool renewable = true);
  void add_role(const std::string& role_id, const std::string& secret_id, std::int64_t ttl_s = 3600,
                bool renewable = true);
  void remove_role(const std::string& role_id);
  void revoke_tokens();                       // those given out so far
  void shorten_renewals(std::int64_t ttl_s);  // as near the maximum TTL
  std::vector<std::string> tokens() const;    // that are good now

  void add_key(const std::string& name, const std::string& type);
  void rotate(const std::string& name);
  void set_min_decryption_version(const std::string& name, std::uint32_t version);
  void set_min_encryption_version(const std::string& name, std::uint32_t version);
  void delete_key(const std::string& name);
  std::uint32_t latest(const std::string& name) const;
  std::string type(const std::string& name) const;

  struct Fault {
    enum class Kind { Answer, Hang, Cut, Drip, Raw };
    Kind kind = Kind::Answer;
    int status = 503;
    std::string body{};       // of an answer; Raw: all that is sent
    bool done_first = false;  // the request takes effect before the fault
  };
  // What happens to requests whose method and path contain `part`, for so many of them (-1: for good).
  void fail(std::string part, Fault fault, int times = -1);
  void answer(std::string part, int status, std::string body = R"({"errors":["said the test"]})", int times = -1);
  void heal();  // no fault any more

  // Requests so far whose "METHOD path" contains `part`.
  unsigned requests(std::string_view part) const;
  bool wait_for(std::string_view part, unsigned count, std::chrono::milliseconds patience = std::chrono::seconds(20));
  // What no client of the real one should send.
  std::vector<std::string> complaints() const;

 private:
  struct State;
  struct Request;
  void serve(Stream& stream);
  VaultReply reply(const Request& request);

  FakeVaultOptions options_;
  TestCa ca_;
  std::unique_ptr<ServerIdentity> identity_;
  std::unique_ptr<State> state_;
  std::unique_ptr<StreamServer> server_;
};

}  // namespace gatehouse::test
