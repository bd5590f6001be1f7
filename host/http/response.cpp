// SPDX-License-Identifier: Apache-2.0
#include "http/response.h"

namespace gatehouse::http {

Response Response::json(int status, std::string body) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

Response Response::failure(Error error) {
  Response response;
  response.error = std::move(error);
  return response;
}

Response Response::empty(int status) {
  Response response;
  response.status = status;
  response.content_type.clear();
  return response;
}

}  // namespace gatehouse::http
