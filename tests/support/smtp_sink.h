// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/stream_server.h"
#include "support/test_ca.h"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace gatehouse::test {

struct SinkMail {
  std::string from;  // the argument of MAIL FROM, parameters too
  std::string to;    // of RCPT TO
  std::string data;  // without the dots that were stuffed and without the one at the end
  std::string wire;  // as it came
  bool over_tls = false;
  std::string login;  // "user:password", when there was one
};

// A mail server that keeps what it gets and fails as the test says. Any thread.
class SmtpSink {
 public:
  enum class Tls { None, StartTls, FromTheStart };
  enum class Step { Greeting, Ehlo, StartTls, Auth, Mail, Rcpt, Data, Message, Noop, Quit };

  explicit SmtpSink(Tls tls = Tls::StartTls, const std::string& name = "127.0.0.1",
                    std::chrono::seconds certificate_ends = std::chrono::hours(1));
  ~SmtpSink();

  const Address& address() const { return server_->address(); }
  const std::string& ca_pem() const { return ca_.pem(); }
  void down() { server_->stop(); }
  void up() { server_->start(); }

  // What its EHLO offers, one a line; STARTTLS stands there by itself while it is due.
  void offer(std::vector<std::string> lines);
  void hide_starttls();

  // Instead of the usual answer. The text is sent as it is, with CR LF behind it.
  void reply(Step step, std::string text);
  void hang(Step step);
  void cut(Step step);
  void heal();
  // How many conversations hang now.
  std::size_t hanging() const;
  bool wait_until_hanging(std::chrono::milliseconds patience = std::chrono::seconds(20)) const;

  std::vector<SinkMail> mails() const;
  bool wait_for_mails(std::size_t count, std::chrono::milliseconds patience = std::chrono::seconds(20));
  // Every line a client sent outside of messages.
  std::vector<std::string> commands() const;

 private:
  struct Planned {
    enum class Kind { Reply, Hang, Cut } kind;
    std::string text;
  };
  class Conversation;

  const Tls tls_;
  TestCa ca_;
  ServerIdentity identity_;
  mutable std::mutex mutex_;
  std::map<Step, Planned> planned_;  // guarded by mutex_, as the rest
  std::vector<std::string> offered_{"AUTH PLAIN LOGIN", "8BITMIME", "SIZE 10000000"};
  bool starttls_hidden_ = false;
  std::vector<SinkMail> mails_;
  std::condition_variable took_one_;
  std::size_t hanging_ = 0;
  mutable std::condition_variable one_hangs_;
  std::vector<std::string> commands_;
  std::unique_ptr<StreamServer> server_;
};

}  // namespace gatehouse::test
