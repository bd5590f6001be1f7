// SPDX-License-Identifier: Apache-2.0
#include "support/smtp_sink.h"

#include <openssl/evp.h>

#include <optional>
#include <utility>

namespace gatehouse::test {
namespace {

std::string decoded(const std::string& text) {
  std::string bytes(text.size() + 1, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return "<not base64>";
  bytes.resize(static_cast<std::size_t>(size));
  const std::size_t padding = text.size() - text.find_last_not_of('=') - 1;
  bytes.resize(bytes.size() - padding);
  return bytes;
}

bool begins(const std::string& line, std::string_view word) { return line.compare(0, word.size(), word) == 0; }

}  // namespace

class SmtpSink::Conversation {
 public:
  Conversation(SmtpSink& sink, Stream& stream) : sink_(sink), stream_(stream) {}

  void run() {
    if (sink_.tls_ == Tls::FromTheStart && !stream_.secure(sink_.identity_)) return;
    if (!step(Step::Greeting, "220 sink.example ESMTP")) return;
    while (const auto line = read_line()) {
      {
        const std::lock_guard lock(sink_.mutex_);
        sink_.commands_.push_back(*line);
      }
      if (!command(*line)) return;
    }
  }

 private:
  std::optional<std::string> read_line() {
    std::size_t end = 0;
    while ((end = bytes_.find("\r\n")) == std::string::npos) {
      if (!stream_.receive(bytes_)) return std::nullopt;
    }
    std::string line = bytes_.substr(0, end);
    bytes_.erase(0, end + 2);
    return line;
  }

  // Answers; false: the conversation is over. `went_well` says whether the usual answer was given.
  bool step(Step step, const std::string& usual) {
    std::optional<Planned> planned;
    {
      const std::lock_guard lock(sink_.mutex_);
      const auto found = sink_.planned_.find(step);
      if (found != sink_.planned_.end()) planned = found->second;
    }
    usual_ = !planned;
    if (!planned) return stream_.send(usual + "\r\n");
    if (planned->kind == Planned::Kind::Reply) return stream_.send(planned->text + "\r\n");
    if (planned->kind == Planned::Kind::Hang) hang();
    return false;
  }

  void hang() {
    count_hanging(1);
    stream_.hang();
    count_hanging(-1);
  }
  void count_hanging(int change) {
    {
      const std::lock_guard lock(sink_.mutex_);
      sink_.hanging_ += static_cast<std::size_t>(change);
    }
    sink_.one_hangs_.notify_all();
  }

  std::string greeting_lines() const {
    const std::lock_guard lock(sink_.mutex_);
    std::string text = "250-sink.example";
    const bool due = sink_.tls_ == Tls::StartTls && !stream_.is_secure() && !sink_.starttls_hidden_;
    if (due) text += "\r\n250-STARTTLS";
    for (const std::string& line : sink_.offered_) text += "\r\n250-" + line;
    return text + "\r\n250 HELP";
  }

  bool command(const std::string& line) {
    if (begins(line, "EHLO") || begins(line, "HELO")) return step(Step::Ehlo, greeting_lines());
    if (line == "STARTTLS") return step(Step::StartTls, "220 go ahead") && stream_.secure(sink_.identity_);
    if (begins(line, "AUTH")) return log_in(line);
    if (begins(line, "MAIL FROM:")) {
      mail_.from = line.substr(10);
      return step(Step::Mail, "250 ok");
    }
    if (begins(line, "RCPT TO:")) {
      mail_.to = line.substr(8);
      return step(Step::Rcpt, "250 ok");
    }
    if (line == "DATA") return step(Step::Data, "354 go ahead") && (!usual_ || message());
    if (line == "NOOP") return step(Step::Noop, "250 ok");
    if (line == "QUIT") {
      (void)step(Step::Quit, "221 bye");
      return false;
    }
    return stream_.send("502 what?\r\n");
  }

  bool log_in(const std::string& line) {
    if (begins(line, "AUTH PLAIN")) {
      std::optional<std::string> response = line.size() > 11 ? std::optional(line.substr(11)) : std::nullopt;
      if (!response) {
        stream_.send("334 \r\n");
        response = read_line();
      }
      if (!response) return false;
      std::string both = decoded(*response);
      both.erase(0, 1);
      const std::size_t zero = both.find('\0');
      if (zero != std::string::npos) both[zero] = ':';
      mail_.login = both;
    } else if (begins(line, "AUTH LOGIN")) {
      std::optional<std::string> user = line.size() > 11 ? std::optional(line.substr(11)) : std::nullopt;
      if (!user) {
        stream_.send("334 VXNlcm5hbWU6\r\n");
        user = read_line();
      }
      stream_.send("334 UGFzc3dvcmQ6\r\n");
      const auto password = read_line();
      if (!user || !password) return false;
      mail_.login = decoded(*user) + ":" + decoded(*password);
    } else {
      return stream_.send("504 not that one\r\n");
    }
    return step(Step::Auth, mail_.login == "gatehouse:canary-password" ? "235 welcome" : "535 who?");
  }

  bool message() {
    mail_.data.clear();
    mail_.wire.clear();
    while (const auto line = read_line()) {
      mail_.wire += *line + "\r\n";
      if (*line == ".") {
        mail_.over_tls = stream_.is_secure();
        {
          const std::lock_guard lock(sink_.mutex_);
          sink_.mails_.push_back(mail_);
        }
        sink_.took_one_.notify_all();
        return step(Step::Message, "250 taken");
      }
      mail_.data += (begins(*line, ".") ? line->substr(1) : *line) + "\r\n";
    }
    return false;
  }

  SmtpSink& sink_;
  Stream& stream_;
  std::string bytes_;
  SinkMail mail_;
  bool usual_ = true;
};

SmtpSink::SmtpSink(Tls tls, const std::string& name, std::chrono::seconds certificate_ends)
    : tls_(tls), identity_(ca_.issue(name, certificate_ends)) {
  server_ = std::make_unique<StreamServer>([this](Stream& stream) { Conversation(*this, stream).run(); });
}

SmtpSink::~SmtpSink() { server_->stop(); }

void SmtpSink::offer(std::vector<std::string> lines) {
  const std::lock_guard lock(mutex_);
  offered_ = std::move(lines);
}

void SmtpSink::hide_starttls() {
  const std::lock_guard lock(mutex_);
  starttls_hidden_ = true;
}

void SmtpSink::reply(Step step, std::string text) {
  const std::lock_guard lock(mutex_);
  planned_[step] = {Planned::Kind::Reply, std::move(text)};
}

void SmtpSink::hang(Step step) {
  const std::lock_guard lock(mutex_);
  planned_[step] = {Planned::Kind::Hang, {}};
}

void SmtpSink::cut(Step step) {
  const std::lock_guard lock(mutex_);
  planned_[step] = {Planned::Kind::Cut, {}};
}

void SmtpSink::heal() {
  const std::lock_guard lock(mutex_);
  planned_.clear();
}

std::size_t SmtpSink::hanging() const {
  const std::lock_guard lock(mutex_);
  return hanging_;
}

bool SmtpSink::wait_until_hanging(std::chrono::milliseconds patience) const {
  std::unique_lock lock(mutex_);
  return one_hangs_.wait_for(lock, patience, [&] { return hanging_ > 0; });
}

std::vector<SinkMail> SmtpSink::mails() const {
  const std::lock_guard lock(mutex_);
  return mails_;
}

bool SmtpSink::wait_for_mails(std::size_t count, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return took_one_.wait_for(lock, patience, [&] { return mails_.size() >= count; });
}

std::vector<std::string> SmtpSink::commands() const {
  const std::lock_guard lock(mutex_);
  return commands_;
}

}  // namespace gatehouse::test
