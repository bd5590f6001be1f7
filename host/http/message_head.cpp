// SPDX-License-Identifier: Apache-2.0
#include "http/message_head.h"

#include "http/refusal.h"
#include "http/text.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/string_type.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/verb.hpp>

#include <cstdint>
#include <limits>
#include <string>

namespace gatehouse::http {
namespace {

namespace beast = boost::beast;

Method to_method(beast::http::verb verb) noexcept {
  switch (verb) {
    case beast::http::verb::get: return Method::Get;
    case beast::http::verb::head: return Method::Head;
    case beast::http::verb::post: return Method::Post;
    case beast::http::verb::put: return Method::Put;
    case beast::http::verb::patch: return Method::Patch;
    case beast::http::verb::delete_: return Method::Delete;
    case beast::http::verb::options: return Method::Options;
    default: return Method::Other;
  }
}

// The parser under Beast's request_parser, writing straight into our Request. Only heads go through it: the framing of
// bodies is read by ChunkDecoder.
class HeadParser final : public beast::http::basic_parser<true> {
 public:
  explicit HeadParser(Request& into) : into_(into) {
    header_limit(std::numeric_limits<std::uint32_t>::max());
    // "none" would refuse every body in Boost 1.74: it compares the length with an empty optional.
    body_limit(std::numeric_limits<std::uint64_t>::max());
  }

  Version version() const noexcept { return version_; }

 private:
  using Code = beast::error_code;

  void on_request_impl(beast::http::verb verb, beast::string_view, beast::string_view target, int version,
                       Code& error) override {
    error = {};
    into_.method = to_method(verb);
    into_.target.assign(target.data(), target.size());
    version_ = version == 11 ? Version::Http11 : Version::Http10;
  }

  void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value, Code& error) override {
    error = {};
    auto& [key, text] = into_.headers.emplace_back();
    key.resize(name.size());
    for (std::size_t i = 0; i < name.size(); ++i) key[i] = to_lower(name[i]);
    text.assign(value.data(), value.size());
  }

  void on_header_impl(Code& error) override { error = {}; }
  void on_response_impl(int, beast::string_view, int, Code& error) override { error = {}; }
  void on_body_init_impl(boost::optional<std::uint64_t> const&, Code& error) override { error = {}; }
  std::size_t on_body_impl(beast::string_view body, Code& error) override {
    error = {};
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, Code& error) override { error = {}; }
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, Code& error) override {
    error = {};
    return body.size();
  }
  void on_finish_impl(Code& error) override { error = {}; }

  Request& into_;
  Version version_ = Version::Http11;
};

Error explain(beast::error_code error) {
  using E = beast::http::error;
  if (error == E::bad_method || error == E::bad_target || error == E::bad_version) {
    return bad_request("REQUEST_LINE", "the request line is malformed");
  }
  if (error == E::bad_content_length) return bad_request("CONTENT_LENGTH", "Content-Length is malformed or conflicts");
  if (error == E::bad_transfer_encoding) {
    return bad_request("TRANSFER_ENCODING", "Transfer-Encoding is malformed or conflicts");
  }
  return bad_request("HEADER_LINE", "a header line is malformed");
}

}  // namespace

Result<Version> parse_head(std::string_view head, Request& into) {
  HeadParser parser(into);
  beast::error_code error;
  const auto taken = parser.put(boost::asio::const_buffer(head.data(), head.size()), error);
  if (error) return explain(error);
  if (taken != head.size() || !parser.is_header_done()) return bad_request("HEADER_LINE", "the head is malformed");
  return parser.version();
}

}  // namespace gatehouse::http
