// SPDX-License-Identifier: Apache-2.0
#include "http.h"

#include <curl/curl.h>
#include <gatehouse/sdk/status.hpp>

#include <algorithm>
#include <memory>
#include <new>
#include <utility>

namespace gatehouse::kms_vault {
namespace {

// The largest answer of Vault that is asked for is a key with a hundred versions.
constexpr std::size_t max_answer_bytes = std::size_t{1} << 20;

std::size_t receive(char* bytes, std::size_t, std::size_t count, void* context) noexcept {
  auto& body = *static_cast<WipedText*>(context);
  if (body.text().size() + count > max_answer_bytes) return 0;
  try {
    body.append({bytes, count});
  } catch (const std::bad_alloc&) {
    return 0;
  }
  return count;
}

// The library copies what it is given; this is the copy that we can wipe.
class Headers {
 public:
  Headers(const HttpOptions& options, std::string_view token) {
    add("X-Vault-Request: true");
    add("Content-Type: application/json");
    add("Expect:");
    if (!options.name_space.empty()) add("X-Vault-Namespace: " + options.name_space);
    if (!token.empty()) add(WipedText("X-Vault-Token: " + std::string(token)).text());
  }
  Headers(const Headers&) = delete;
  Headers& operator=(const Headers&) = delete;
  ~Headers() {
    for (curl_slist* at = list_; at != nullptr; at = at->next) {
      std::fill_n(static_cast<volatile char*>(at->data), std::string_view(at->data).size(), '\0');
    }
    curl_slist_free_all(list_);
  }
  curl_slist* get() const { return list_; }

 private:
  void add(const std::string& line) {
    curl_slist* longer = curl_slist_append(list_, line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    list_ = longer;
  }

  curl_slist* list_ = nullptr;
};

Outcome outcome_of(CURLcode code, bool sent) {
  switch (code) {
    case CURLE_OK: return Outcome::Answered;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT: return Outcome::NotReached;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR: return Outcome::NotTrusted;
    case CURLE_OPERATION_TIMEDOUT: return sent ? Outcome::Lost : Outcome::NotInTime;
    case CURLE_WRITE_ERROR:  // receive() refused
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING: return Outcome::Nonsense;
    default: return sent ? Outcome::Lost : Outcome::NotReached;
  }
}

long whole_ms(std::chrono::nanoseconds time) {
  return static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

void set_up(CURL* handle, const HttpOptions& options) {
  curl_easy_reset(handle);
  const bool tls = options.address.rfind("https:", 0) == 0;
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, tls ? "https" : "http");
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(handle, CURLOPT_HTTP09_ALLOWED, 0L);
  curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(handle, CURLOPT_PROXY, "");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  // A name server that does not answer must not hold a caller after its time.
  curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);
  curl_easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!options.ca_file.empty()) {
    curl_easy_setopt(handle, CURLOPT_CAINFO, options.ca_file.c_str());
    curl_easy_setopt(handle, CURLOPT_CAPATH, static_cast<char*>(nullptr));
  }
}

}  // namespace

// A handle for one request; with it comes the connection it keeps.
class Http::Borrowed {
 public:
  Borrowed(Http& http, void* handle) : http_(http), handle_(handle) {}
  ~Borrowed() {
    if (handle_ != nullptr) http_.give_back(handle_);
  }
  Borrowed(const Borrowed&) = delete;
  Borrowed& operator=(const Borrowed&) = delete;
  CURL* get() const { return handle_; }

 private:
  Http& http_;
  CURL* handle_;
};

Http::Http(HttpOptions options, sdk::Host host) : options_(std::move(options)), host_(host) {}

Http::~Http() {
  for (void* handle : idle_) curl_easy_cleanup(handle);
  if (global_) curl_global_cleanup();
}

void Http::open() {
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    throw sdk::StatusError(GH_UNAVAILABLE, "libcurl cannot be initialised");
  }
  global_ = true;
  idle_.reserve(options_.max_connections);
}

void* Http::borrow(std::chrono::nanoseconds patience) {
  std::unique_lock lock(mutex_);
  const bool there =
      came_back_.wait_for(lock, patience, [&] { return !idle_.empty() || made_ < options_.max_connections; });
  if (!there) return nullptr;
  if (!idle_.empty()) {
    void* handle = idle_.back();
    idle_.pop_back();
    return handle;
  }
  CURL* handle = curl_easy_init();
  if (handle != nullptr) ++made_;
  return handle;
}

void Http::give_back(void* handle) noexcept {
  // Nothing of this request stays but its connection.
  curl_easy_reset(handle);
  {
    const std::lock_guard lock(mutex_);
    idle_.push_back(handle);
  }
  came_back_.notify_one();
}

std::chrono::nanoseconds Http::patience(std::int64_t deadline_ns) const {
  const std::int64_t now_ns = host_.monotonic_ns();
  if (deadline_ns <= now_ns) return std::chrono::nanoseconds(0);
  return std::min<std::chrono::nanoseconds>(std::chrono::nanoseconds(deadline_ns - now_ns), options_.timeout);
}

HttpAnswer Http::perform(const HttpRequest& request, std::string_view token, std::int64_t deadline_ns) {
  HttpAnswer answer;
  deadline_ns = std::min(deadline_ns, host_.monotonic_ns() + std::chrono::nanoseconds(options_.timeout).count());
  const Borrowed borrowed(*this, borrow(patience(deadline_ns)));
  CURL* handle = borrowed.get();
  const long left_ms = whole_ms(patience(deadline_ns));
  if (handle == nullptr || left_ms <= 0) {
    answer.outcome = Outcome::NotInTime;
    answer.timed_out = true;
    answer.error = "all " + std::to_string(options_.max_connections) + " connections are busy, or no time was left";
    return answer;
  }

  set_up(handle, options_);
  const Headers headers(options_, token);
  const std::string url = options_.address + "/v1/" + request.path;
  char error[CURL_ERROR_SIZE] = {};
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, error);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &receive);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &answer.body);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, left_ms);
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS,
                   std::min(left_ms, static_cast<long>(options_.connect_timeout.count())));
  if (request.method == "POST") {
    curl_easy_setopt(handle, CURLOPT_POST, 1L);
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  }
  if (request.once) curl_easy_setopt(handle, CURLOPT_FRESH_CONNECT, 1L);

  const CURLcode code = curl_easy_perform(handle);
  curl_off_t sent_us = 0;
  curl_easy_getinfo(handle, CURLINFO_PRETRANSFER_TIME_T, &sent_us);
  answer.outcome = outcome_of(code, sent_us > 0);
  answer.timed_out = code == CURLE_OPERATION_TIMEDOUT;
  if (code == CURLE_OK) {
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    answer.status = static_cast<int>(status);
  } else {
    answer.error = error[0] != '\0' ? error : curl_easy_strerror(code);
  }
  return answer;
}

}  // namespace gatehouse::kms_vault
