// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gatehouse/sdk/host.hpp>
#include <gatehouse/sdk/status.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::mail_smtp {

enum class Tls : std::uint8_t { None, StartTls, FromTheStart };

struct ServerOptions {
  std::string host;
  std::uint16_t port = 587;
  Tls tls = Tls::StartTls;
  std::string ca_file;   // empty: the system's authorities
  std::string username;  // empty: no login
  std::string password;
  std::string helo_name;                             // empty: this machine's
  std::chrono::milliseconds connect_timeout{5'000};  // until the server is ready for a mail
  std::chrono::milliseconds reply_timeout{10'000};   // for each reply
};

// One mail in the form of the wire; borrowed.
struct Envelope {
  std::string_view from;
  std::string_view to;
  bool needs_smtputf8 = false;
  std::string_view message;
};

// Mails to one server, a connection each. TLS is required unless the options say there is none, TLS 1.2 or later, and
// certificate and host name are always verified. Any thread.
class SmtpClient {
 public:
  SmtpClient(ServerOptions options, sdk::Host host);
  ~SmtpClient();
  SmtpClient(const SmtpClient&) = delete;
  SmtpClient& operator=(const SmtpClient&) = delete;

  void open();  // once, before the others; throws sdk::StatusError
  sdk::Status send(const Envelope& envelope, std::int64_t deadline_ns) const;
  // As far as the login, and NOOP.
  sdk::Status ping(std::int64_t deadline_ns) const;

 private:
  struct Run;
  sdk::Status perform(Run& run, std::int64_t deadline_ns) const;
  sdk::Status told(const sdk::Status& status, const Run& run) const;
  std::string url() const;

  ServerOptions options_;
  const sdk::Host host_;
  bool global_ = false;
};

}  // namespace gatehouse::mail_smtp
