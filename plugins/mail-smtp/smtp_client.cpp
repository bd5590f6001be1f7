// SPDX-License-Identifier: Apache-2.0
#include "smtp_client.h"

#include "dialogue.h"

#include <curl/curl.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace gatehouse::mail_smtp {
namespace {

struct FreeHandle {
  void operator()(CURL* handle) const noexcept { curl_easy_cleanup(handle); }
};
struct FreeList {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};

std::size_t ignore(char*, std::size_t, std::size_t count, void*) noexcept { return count; }

Trouble trouble_of(CURLcode code) {
  switch (code) {
    case CURLE_OK: return Trouble::None;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT: return Trouble::NotReached;
    case CURLE_OPERATION_TIMEDOUT: return Trouble::NotInTime;
    case CURLE_USE_SSL_FAILED: return Trouble::NoTls;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR: return Trouble::NotTrusted;
    case CURLE_LOGIN_DENIED: return Trouble::NoLogin;
    default: return Trouble::Lost;
  }
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  if (what.empty()) return;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

}  // namespace

// One dialogue: what the library's callbacks see and decide.
struct SmtpClient::Run {
  const Envelope* envelope = nullptr;  // null: a ping
  bool must_log_in = false;
  Dialogue dialogue;
  Trouble trouble = Trouble::None;  // of our own finding
  std::size_t handed_over = 0;
  curl_socket_t socket = CURL_SOCKET_BAD;

  // All that is known is known before the first byte of the message: what is wrong then ends the dialogue.
  static std::size_t read(char* out, std::size_t, std::size_t space, void* context) noexcept {
    auto& run = *static_cast<Run*>(context);
    if (run.must_log_in && !run.dialogue.logged_in()) run.trouble = Trouble::NoLogin;
    if (run.envelope->needs_smtputf8 && !run.dialogue.offers_smtputf8()) run.trouble = Trouble::NoUtf8;
    if (run.trouble != Trouble::None) return CURL_READFUNC_ABORT;
    const std::string_view rest = run.envelope->message.substr(run.handed_over);
    const std::size_t size = std::min(space, rest.size());
    std::copy_n(rest.begin(), size, out);
    run.handed_over += size;
    if (run.handed_over == run.envelope->message.size()) run.dialogue.body_handed_over();
    return size;
  }

  static int listen(CURL*, curl_infotype type, char* bytes, std::size_t size, void* context) noexcept {
    auto& run = *static_cast<Run*>(context);
    const std::string_view line(bytes, size);
    try {
      if (type == CURLINFO_HEADER_IN) run.dialogue.received(line);
      if (type != CURLINFO_HEADER_OUT) return 0;
      run.dialogue.sent(line);
    } catch (const std::bad_alloc&) {
      return 0;
    }
    // The mail is taken; a server that does not answer QUIT must not hold us.
    if (run.dialogue.quitting() && run.socket != CURL_SOCKET_BAD) ::shutdown(run.socket, SHUT_RD);
    return 0;
  }

  static int note_socket(void* context, curl_socket_t socket, curlsocktype) noexcept {
    static_cast<Run*>(context)->socket = socket;
    return CURL_SOCKOPT_OK;
  }
};

SmtpClient::SmtpClient(ServerOptions options, sdk::Host host) : options_(std::move(options)), host_(host) {}

SmtpClient::~SmtpClient() {
  ::explicit_bzero(options_.password.data(), options_.password.capacity());
  if (global_) curl_global_cleanup();
}

void SmtpClient::open() {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    throw sdk::StatusError(GH_UNAVAILABLE, "libcurl cannot be initialised");
  }
  global_ = true;
}

std::string SmtpClient::url() const {
  const bool six = options_.host.find(':') != std::string::npos;
  std::string url = options_.tls == Tls::FromTheStart ? "smtps://" : "smtp://";
  url += six ? "[" + options_.host + "]" : options_.host;
  return url + ":" + std::to_string(options_.port) + "/" + options_.helo_name;
}

sdk::Status SmtpClient::send(const Envelope& envelope, std::int64_t deadline_ns) const {
  Run run;
  run.envelope = &envelope;
  return perform(run, deadline_ns);
}

sdk::Status SmtpClient::ping(std::int64_t deadline_ns) const {
  Run run;
  return perform(run, deadline_ns);
}

sdk::Status SmtpClient::perform(Run& run, std::int64_t deadline_ns) const {
  const std::int64_t now_ns = host_.monotonic_ns();
  const std::int64_t left_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
  // Bounded, so that it fits into a long of milliseconds anywhere.
  const auto left_ms = static_cast<long>(std::min<std::int64_t>(left_ns / 1'000'000, 3'600'000));
  if (left_ms == 0) return {GH_TIMEOUT, "no time was left to send a mail"};

  const std::unique_ptr<CURL, FreeHandle> owned(curl_easy_init());
  CURL* const handle = owned.get();
  if (handle == nullptr) throw std::bad_alloc();
  const std::string address = url();
  char error[CURL_ERROR_SIZE] = {};
  curl_easy_setopt(handle, CURLOPT_URL, address.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, options_.tls == Tls::FromTheStart ? "smtps" : "smtp");
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  // A name server that does not answer must not hold a caller after its time.
  curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(handle, CURLOPT_FORBID_REUSE, 1L);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, error);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &ignore);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, left_ms);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS,
                   std::min(left_ms, static_cast<long>(options_.connect_timeout.count())));
  // In whole seconds; CURLOPT_TIMEOUT_MS bounds it as well.
  curl_easy_setopt(handle, CURLOPT_SERVER_RESPONSE_TIMEOUT, static_cast<long>(options_.reply_timeout.count() / 1000));
  curl_easy_setopt(handle, CURLOPT_VERBOSE, 1L);  // for DEBUGFUNCTION; nothing is printed
  curl_easy_setopt(handle, CURLOPT_DEBUGFUNCTION, &Run::listen);
  curl_easy_setopt(handle, CURLOPT_DEBUGDATA, &run);
  curl_easy_setopt(handle, CURLOPT_SOCKOPTFUNCTION, &Run::note_socket);
  curl_easy_setopt(handle, CURLOPT_SOCKOPTDATA, &run);

  curl_easy_setopt(handle, CURLOPT_USE_SSL,
                   static_cast<long>(options_.tls == Tls::None ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options_.ca_file.empty()) {
    curl_easy_setopt(handle, CURLOPT_CAINFO, options_.ca_file.c_str());
    curl_easy_setopt(handle, CURLOPT_CAPATH, static_cast<char*>(nullptr));
  }
  if (!options_.username.empty()) {
    run.must_log_in = true;
    curl_easy_setopt(handle, CURLOPT_USERNAME, options_.username.c_str());
    curl_easy_setopt(handle, CURLOPT_PASSWORD, options_.password.c_str());
    curl_easy_setopt(handle, CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN");
  }

  std::unique_ptr<curl_slist, FreeList> recipients;
  if (run.envelope != nullptr) {
    const std::string from(run.envelope->from);
    recipients.reset(curl_slist_append(nullptr, std::string(run.envelope->to).c_str()));
    if (!recipients) throw std::bad_alloc();
    curl_easy_setopt(handle, CURLOPT_MAIL_FROM, from.c_str());
    curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, recipients.get());
    curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(handle, CURLOPT_READFUNCTION, &Run::read);
    curl_easy_setopt(handle, CURLOPT_READDATA, &run);
    curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(run.envelope->message.size()));
  } else {
    curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, "NOOP");
  }

  const CURLcode code = curl_easy_perform(handle);
  Trouble trouble = run.trouble != Trouble::None ? run.trouble : trouble_of(code);
  if (trouble == Trouble::None && run.must_log_in && !run.dialogue.logged_in()) trouble = Trouble::NoLogin;
  const std::string words = error[0] != '\0' ? error : curl_easy_strerror(code);
  return told(run.dialogue.outcome(trouble, words), run);
}

// With the server's name, and without what a server may repeat of ours.
sdk::Status SmtpClient::told(const sdk::Status& status, const Run& run) const {
  if (status.ok()) return {};
  std::string words = status.sentence();
  if (run.envelope != nullptr) {
    replace_all(words, run.envelope->to, "(the recipient)");
  }
  replace_all(words, options_.password, "(left out)");
  return {status.code(), "the mail server " + options_.host + ":" + std::to_string(options_.port) + " " + words};
}

}  // namespace gatehouse::mail_smtp
