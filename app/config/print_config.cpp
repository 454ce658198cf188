#include "app/config/print_config.hpp"

#include "app/config/schema.hpp"
#include "app/config/value_text.hpp"

namespace troupe::app {

namespace {

constexpr std::string_view mask = "********";

class printer {
public:
  template <class Value, class Rule>
  void key(std::string_view key, Value& value, const Rule& rule) {
    auto text = print(value, rule);
    if (text.empty())
      return;
    if (is_secret(path_ + "." + std::string(key)) && text != R"("")")
      text = quote(mask);
    body_.append(key).append(" = ").append(text).append("\n");
  }

  template <class Struct>
  void table(std::string_view key, Struct& value) {
    inner(key, "[", "]", value);
  }

  template <class Struct>
  void optional_table(std::string_view key, std::optional<Struct>& value) {
    if (value)
      inner(key, "[", "]", *value);
  }

  template <class Struct>
  void table_list(std::string_view key, std::vector<Struct>& values) {
    if (values.empty())
      body_.append(key).append(" = []\n"); // not given would mean the default
    for (auto& each : values)
      inner(key, "[[", "]]", each);
  }

  [[nodiscard]] std::string text() const {
    return body_.empty() || tables_.empty() ? body_ + tables_ : body_ + "\n" + tables_;
  }

private:
  template <class Struct>
  void inner(std::string_view key, std::string_view open, std::string_view close, Struct& value) {
    printer within;
    within.path_ = path_.empty() ? std::string(key) : path_ + "." + std::string(key);
    describe(within, value);
    if (!tables_.empty())
      tables_ += "\n";
    if (!within.body_.empty())
      tables_.append(open).append(within.path_).append(close).append("\n").append(within.body_);
    if (!within.body_.empty() && !within.tables_.empty())
      tables_ += "\n";
    tables_ += within.tables_;
  }

  std::string path_;
  std::string body_;   ///< A table's own keys must come before the tables within.
  std::string tables_;
};

} // namespace

std::string print_config(const config& value) {
  auto copy = value; // the schema is written for those who fill it in
  printer out;
  describe(out, copy);
  return out.text();
}

} // namespace troupe::app
