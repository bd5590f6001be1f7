// SPDX-License-Identifier: Apache-2.0
#include "app/plugin_report.h"

#include "base/log.h"
#include "base/metrics.h"
#include "ops/metrics_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <variant>
#include <vector>

namespace gatehouse::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ReportLines final : public Log {
 public:
  bool enabled(LogLevel) const noexcept override { return true; }
  void write(LogLevel, std::string_view event, std::initializer_list<LogField> fields) noexcept override {
    std::string line(event);
    for (const auto& field : fields) {
      line.append(" ").append(field.name).append("=").append(std::get<std::string_view>(field.value));
    }
    all.push_back(std::move(line));
  }
  std::vector<std::string> all;
};

const PluginBuild acme{"limiter", "acme-limiter", "1.2.3", "1.0", "/opt/acme/acme-limiter.so", std::string(64, 'a')};

TEST(PluginBuilds, EachIsALineOfTheLog) {
  ReportLines log;
  MetricRegistry metrics;
  report_builds({acme}, log, metrics);
  EXPECT_THAT(log.all, ElementsAre("plugin name=limiter id=acme-limiter version=1.2.3 abi=1.0 "
                                   "file=/opt/acme/acme-limiter.so sha256=" +
                                   std::string(64, 'a')));
}

TEST(PluginBuilds, AreInTheMetrics) {
  ReportLines log;
  MetricRegistry metrics;
  report_builds({acme}, log, metrics);
  EXPECT_THAT(ops::metrics_text(metrics),
              HasSubstr("gatehouse_plugin_info{plugin=\"limiter\",id=\"acme-limiter\",version=\"1.2.3\",sha256=\"" +
                        std::string(64, 'a') + "\"} 1\n"));
}

}  // namespace
}  // namespace gatehouse::app
