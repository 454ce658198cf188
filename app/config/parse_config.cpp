#include "app/config/parse_config.hpp"

#include "app/config/cross_checks.hpp"
#include "app/config/key_depth.hpp"
#include "app/config/reader.hpp"

namespace troupe::app {

namespace {

/// No table stands around the document's own keys.
class no_complaints final : public complaints {
public:
  void wrong(const toml::source_position&, std::string) override {}
};

domain_config default_domain(const std::string& name, const std::string& data_dir) {
  domain_config domain;
  domain.name = domain_key(name);
  domain.deliver.path = data_dir + "/mail/{user}";
  return domain;
}

/// Fills in what the defaults of one table take from another.
void complete(config& value, const toml::table& document) {
  if (!document.contains("domain")) {
    value.domains = {default_domain(value.node.hostname, value.node.data_dir)};
    if (value.domains.front().name != "localhost")
      value.domains.push_back(default_domain("localhost", value.node.data_dir));
  }
  if (!document.contains("listener")) {
    // Where troupe-sendmail hands its letters in: who may open it may send.
    listener_config local;
    local.address = {{}, 0, value.node.data_dir + "/submit.sock"};
    local.kind = listener_kind::submission;
    value.listeners.push_back(local);
  }
  const bool has_catch_all = std::any_of(value.routes.begin(), value.routes.end(), [](const auto& rule) {
    return std::find(rule.match.begin(), rule.match.end(), "*") != rule.match.end();
  });
  if (!has_catch_all)
    value.routes.emplace_back();
  if (value.cluster && value.cluster->address.is_empty())
    value.cluster->address = value.cluster->listen;
  if (!document["admin"]["socket"])
    value.admin.socket = value.node.data_dir + "/admin.sock";
}

void read_document(const toml::table& document, const surroundings& around, config& value,
                   error_list& errors) {
  no_complaints nobody;
  value_reader values{around, nobody, {}, document.contains("tls")};
  values.data_dir = value.node.data_dir;
  table_reader reader(document, {}, {}, values, errors);
  describe(reader, value);
  reader.refuse_unknown();
  complete(value, document);
  // Against values that were read wrong, the checks would complain of what nobody wrote.
  if (errors.size() == 0)
    check_contradictions(value, [&](const std::string& key, std::string what) {
      errors.add(key, std::move(what));
    });
}

} // namespace

parsed_config parse_config(std::string_view text, const std::string& file, const surroundings& around) {
  parsed_config parsed;
  parsed.value.node.name = around.host_name;
  parsed.value.node.hostname = around.host_name;
  error_list errors(file);
  if (text.size() > config_bytes_max) {
    errors.add({}, {}, "is longer than 1 MiB");
  } else if (const auto line = find_deep_key(text); line != 0) {
    errors.add({line, 1}, {}, "a key has more than 16 dots");
  } else {
    try {
      read_document(toml::parse(text), around, parsed.value, errors);
    } catch (const toml::parse_error& why) {
      errors.add(why.source().begin, {}, std::string(why.description()));
    }
  }
  parsed.errors = errors.take();
  return parsed;
}

} // namespace troupe::app
