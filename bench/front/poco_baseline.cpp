// SPDX-License-Identifier: Apache-2.0
// The same answer, headers included, from Poco::Net::HTTPServer with a thread for every connection of the measurement
// and keep-alive without limits: its best case. Argument: the port (0: any). Prints the port, ends with its input.
#include "front/constant_answer.h"

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/ThreadPool.h>
#include <Poco/Timespan.h>

#include <iostream>
#include <string>

namespace {

using namespace Poco::Net;

constexpr int max_connections = 1100;

class ConstantHandler final : public HTTPRequestHandler {
 public:
  void handleRequest(HTTPServerRequest&, HTTPServerResponse& response) override {
    response.setContentType("application/json");
    response.set("X-Request-Id", "0af7651916cd43dd8448eb211c80319c");
    response.set("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    response.set("X-Content-Type-Options", "nosniff");
    response.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox");
    response.set("Referrer-Policy", "no-referrer");
    response.set("Cross-Origin-Resource-Policy", "same-origin");
    response.set("X-Frame-Options", "DENY");
    response.set("Cache-Control", "no-store");
    response.sendBuffer(gatehouse::bench::constant_answer.data(), gatehouse::bench::constant_answer.size());
  }
};

class ConstantFactory final : public HTTPRequestHandlerFactory {
 public:
  HTTPRequestHandler* createRequestHandler(const HTTPServerRequest&) override { return new ConstantHandler; }
};

}  // namespace

int main(int argc, char** argv) {
  ServerSocket socket;
  socket.bind(SocketAddress("127.0.0.1", argc > 1 ? argv[1] : "0"), true, false);
  socket.listen(4096);
  socket.setNoDelay(true);
  Poco::ThreadPool threads(16, max_connections, 60, 128 * 1024);
  HTTPServerParams::Ptr params = new HTTPServerParams;
  params->setMaxThreads(max_connections);
  params->setMaxQueued(max_connections);
  params->setKeepAlive(true);
  params->setMaxKeepAliveRequests(0);
  params->setKeepAliveTimeout(Poco::Timespan(75, 0));
  HTTPServer server(new ConstantFactory, threads, socket, params);
  server.start();
  std::cout << socket.address().port() << std::endl;
  std::cin.ignore(1 << 20, std::char_traits<char>::eof());
  server.stopAll(true);
}
