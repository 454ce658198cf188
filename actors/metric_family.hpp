// All series of one metric name, as a Collectable of prometheus-cpp. Private to
// node_metrics.

#pragma once

#include "actors/histogram.hpp"

#include <prometheus/client_metric.h>
#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace troupe::actors {

using label_list = std::vector<prometheus::ClientMetric::Label>;

inline prometheus::MetricType fill(const counter& x, prometheus::ClientMetric& out) {
  out.counter.value = static_cast<double>(x.value());
  return prometheus::MetricType::Counter;
}

inline prometheus::MetricType fill(const seconds_counter& x, prometheus::ClientMetric& out) {
  out.counter.value = x.value();
  return prometheus::MetricType::Counter;
}

inline prometheus::MetricType fill(const gauge& x, prometheus::ClientMetric& out) {
  out.gauge.value = x.value();
  return prometheus::MetricType::Gauge;
}

prometheus::MetricType fill(const histogram& x, prometheus::ClientMetric& out);

template <class Metric>
class metric_family : public prometheus::Collectable {
public:
  metric_family(std::string name, std::string help, std::size_t series_max)
    : name_(std::move(name)), help_(std::move(help)), series_max_(series_max) {}

  /// The series of these labels, made at the first call. Above the bound, new ones
  /// share the series whose every label is "other".
  template <class... Args>
  Metric& at(label_list labels, Args&&... args) {
    const std::lock_guard lock{mutex_};
    auto found = series_.find(labels);
    if (found == series_.end() && series_.size() >= series_max_) {
      for (auto& x : labels)
        x.value = "other";
      found = series_.find(labels);
    }
    if (found == series_.end())
      found = series_.emplace(std::move(labels), std::make_unique<Metric>(args...)).first;
    return *found->second;
  }

  template <class Look>
  void for_each(Look look) const {
    const std::lock_guard lock{mutex_};
    for (const auto& [labels, metric] : series_)
      look(labels, *metric);
  }

  std::vector<prometheus::MetricFamily> Collect() const override {
    const std::lock_guard lock{mutex_};
    if (series_.empty())
      return {};
    prometheus::MetricFamily family;
    family.name = name_;
    family.help = help_;
    for (const auto& [labels, metric] : series_) {
      auto& out = family.metric.emplace_back();
      out.label = labels;
      family.type = fill(*metric, out);
    }
    return {std::move(family)};
  }

private:
  std::string name_;
  std::string help_;
  std::size_t series_max_;
  mutable std::mutex mutex_;
  std::map<label_list, std::unique_ptr<Metric>> series_;
};

} // namespace troupe::actors
