#include "app/config/reader.hpp"

#include "net/core/mailbox.hpp"

namespace troupe::app {

void error_list::add(const toml::source_position& at, std::string key, std::string what) {
  if (errors_.size() >= config_errors_max)
    ++left_out_;
  else
    errors_.push_back({file_, at.line, at.column, std::move(key), std::move(what)});
}

void error_list::add(const std::string& key, std::string what) {
  toml::source_position at{};
  for (auto place = key; !place.empty();) {
    if (const auto found = places_.find(place); found != places_.end()) {
      at = found->second;
      break;
    }
    const auto cut = place.find_last_of(".[");
    place.resize(cut == place.npos ? 0 : cut);
  }
  add(at, key, std::move(what));
}

std::vector<config_error> error_list::take() {
  std::stable_sort(errors_.begin(), errors_.end(), [](const auto& a, const auto& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  if (left_out_ != 0)
    errors_.push_back({file_, 0, 0, {}, "and " + std::to_string(left_out_) + " more errors"});
  return std::move(errors_);
}

void table_reader::wrong(const toml::source_position& at, std::string what) {
  errors_.add(at, path_ + std::string(current_), std::move(what));
}

const toml::node* table_reader::find(std::string_view key) {
  known_.push_back(key);
  const auto* const node = from_.get(key);
  if (node != nullptr)
    errors_.remember(path_ + std::string(key), node->source().begin);
  return node;
}

const toml::table* table_reader::find_table(std::string_view key) {
  const auto* const node = find(key);
  if (node == nullptr)
    return nullptr;
  if (!node->is_table())
    errors_.add(path_ + std::string(key),
                "must be a table, under [" + name_ + std::string(key) + "]");
  return node->as_table();
}

void table_reader::check_available(std::string_view key, std::string_view printed) {
  const auto name = name_ + std::string(key);
  const bool quoted = printed.size() >= 2 && printed.front() == '"';
  const auto value = quoted ? printed.substr(1, printed.size() - 2) : printed;
  if (values_.around.features == feature_set::as_planned || is_available(name, value))
    return;
  const bool shown = !printed.empty() && printed.size() <= typo_bytes_max && !is_secret(name);
  errors_.add(path_ + std::string(key),
              (shown ? std::string(printed) + " is" : std::string("is")) + " not available in this version");
}

void table_reader::refuse_unknown() {
  for (const auto& [key, value] : from_) {
    if (std::find(known_.begin(), known_.end(), key.str()) != known_.end())
      continue;
    const std::string name(key.str().substr(0, typo_bytes_max));
    errors_.add(key.source().begin, path_ + name,
                "unknown key; " + suggest(key.str(), known_));
  }
}

void table_reader::complete(listener_config& to) {
  if (!has("tls") && values_.has_tls)
    to.tls = listener_tls::optional;
  if (!has("auth") && to.kind == listener_kind::submission) {
    to.auth = listener_auth::required;
    check_available("auth", print(to.auth, plain_rule{}));
  }
}

void table_reader::complete(domain_config& to) {
  to.name = domain_key(to.name);
  for (auto& [name, targets] : to.aliases)
    for (auto& target : targets)
      if (target.domain.empty())
        target.domain = to.name;
  if (!has("deliver"))
    to.deliver.path = values_.with_data_dir("{data_dir}/mail/{user}");
}

} // namespace troupe::app
