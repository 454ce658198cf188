#include "net/io/resolver.hpp"

#include "net/core/mailbox.hpp"
#include "net/dns/hosts_file.hpp"
#include "net/io/unbound_context.hpp"

#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <unordered_map>
#include <utility>

namespace troupe::io {

namespace {

enum class question_kind : std::uint8_t { mx, a, aaaa };

dns::host_table read_hosts_file(const std::string& path) {
  std::ifstream in{path};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  return dns::parse_hosts_file(text);
}

} // namespace

class resolver::impl : public std::enable_shared_from_this<resolver::impl> {
public:
  impl(asio::io_context& io, resolver_options options, std::unique_ptr<unbound_context> context)
    : io_(io), options_(std::move(options)), context_(std::move(context)), readable_(io) {
    if (!options_.hosts_file.empty())
      hosts_ = read_hosts_file(options_.hosts_file);
    options_.static_zone = {}; // libunbound has it now
  }

  void start() {
    readable_.assign(context_->descriptor());
    wait();
  }

  /// After this no handler is called; what libunbound still says is thrown away.
  void close() {
    closed_ = true;
    readable_.release(); // the descriptor is libunbound's
    for (auto& [id, asker] : searches_)
      forget_questions(asker);
    searches_.clear();
  }

  void find_mail_hosts(std::string_view name, steady_time deadline, plan_handler done) {
    if (name.starts_with('[')) {
      if (const auto address = parse_ip_literal(name))
        return answer(dns::plan_for_address(*address, options_.route), std::move(done));
    }
    auto domain = domain_key(name);
    if (!dns::is_host_name(domain)) {
      const auto choice = dns::choose_hosts(domain, {}, options_.route);
      return answer(dns::make_plan(domain, choice, {}, options_.route), std::move(done));
    }
    if (auto* asker = begin(std::move(domain), deadline, std::move(done)))
      ask(*asker, question_kind::mx, 0, asker->domain);
  }

  void find_host(std::string_view name, steady_time deadline, plan_handler done) {
    if (const auto address = parse_ip_address(name)) {
      dns::address_answer known{dns::answer_kind::records, {*address}, options_.route.valid_max};
      return answer(dns::plan_for_host(name, known, options_.route), std::move(done));
    }
    auto host = domain_key(name);
    if (const auto known = hosts_.find(host); known != hosts_.end()) {
      dns::address_answer found{dns::answer_kind::records, known->second, options_.route.valid_min};
      return answer(dns::plan_for_host(host, found, options_.route), std::move(done));
    }
    if (!dns::is_host_name(host)) {
      const dns::address_answer none{dns::answer_kind::no_domain, {}, seconds{0}};
      return answer(dns::plan_for_host(host, none, options_.route), std::move(done));
    }
    if (auto* asker = begin(std::move(host), deadline, std::move(done))) {
      asker->without_mx = true;
      asker->choice.hosts.push_back({0, asker->domain});
      ask_addresses(*asker);
    }
  }

  [[nodiscard]] std::size_t searches() const noexcept { return searches_.size(); }

private:
  struct question;

  struct search {
    std::uint64_t id;
    std::string domain;
    plan_handler done;
    asio::steady_timer deadline;
    bool without_mx = false;
    dns::host_choice choice{};
    std::vector<dns::address_answer> a{};    ///< One for each host of the choice ...
    std::vector<dns::address_answer> aaaa{}; ///< ... and as many here.
    std::vector<std::unique_ptr<question>> open{};
  };

  /// What libunbound hands back with an answer. Lives until then, or until cancelled.
  struct question {
    impl* self;
    std::uint64_t search_id;
    question_kind kind;
    std::size_t host; ///< Its place in the choice.
    int async_id = -1; ///< libunbound counts from 0.
  };

  search* begin(std::string domain, steady_time deadline, plan_handler done) {
    if (searches_.size() >= options_.searches_max) {
      answer(error{errc::mailbox_full, "searches_max"}, std::move(done));
      return nullptr;
    }
    const auto id = ++last_id_;
    auto& x = searches_
                .emplace(id, search{id, std::move(domain), std::move(done),
                                    asio::steady_timer{io_, deadline}})
                .first->second;
    x.deadline.async_wait([weak = weak_from_this(), id](const asio::error_code& why) {
      const auto self = weak.lock();
      if (!why && self)
        self->finish(id, error{errc::timed_out, "DNS"});
    });
    return &x;
  }

  /// Never from within the call that asked.
  void answer(result<dns::mail_plan> plan, plan_handler done) {
    asio::post(io_, [weak = weak_from_this(), plan = std::move(plan), done = std::move(done)] {
      const auto self = weak.lock();
      if (self && !self->closed_)
        done(plan);
    });
  }

  void finish(std::uint64_t id, result<dns::mail_plan> plan) {
    const auto found = searches_.find(id);
    if (found == searches_.end())
      return;
    forget_questions(found->second);
    auto done = std::move(found->second.done);
    searches_.erase(found);
    answer(std::move(plan), std::move(done));
  }

  void ask(search& asker, question_kind kind, std::size_t host, const std::string& name) {
    auto& x = *asker.open.emplace_back(
      std::make_unique<question>(question{this, asker.id, kind, host}));
    const int type = kind == question_kind::mx ? dns_type_mx
                     : kind == question_kind::a ? dns_type_a
                                                : dns_type_aaaa;
    if (!context_->ask(name, type, &x, &impl::on_answer, x.async_id))
      // Answered like any failure, but later: the caller still walks over its hosts.
      asio::post(io_, [weak = weak_from_this(), id = asker.id, asked = &x] {
        if (const auto self = weak.lock())
          self->take_failure(id, asked);
      });
  }

  void ask_addresses(search& asker) {
    const auto family = options_.route.family;
    const auto hosts = asker.choice.hosts.size();
    // What is not asked for has no data, and never shortens what is.
    const dns::address_answer unasked{dns::answer_kind::no_data, {}, seconds::max()};
    asker.a.assign(hosts, unasked);
    asker.aaaa.assign(hosts, unasked);
    for (std::size_t i = 0; i < hosts; ++i) {
      if (family != dns::address_family::ipv6)
        ask(asker, question_kind::a, i, asker.choice.hosts[i].host);
      if (family != dns::address_family::ipv4)
        ask(asker, question_kind::aaaa, i, asker.choice.hosts[i].host);
    }
  }

  void forget_questions(search& asker) {
    for (const auto& x : asker.open)
      context_->cancel(x->async_id);
    asker.open.clear();
  }

  static void on_answer(void* asked, int failed, ub_result* raw) {
    const std::unique_ptr<ub_result, decltype(&ub_resolve_free)> held{raw, &ub_resolve_free};
    const auto& x = *static_cast<question*>(asked);
    x.self->take(x.search_id, &x, failed == 0 ? raw : nullptr);
  }

  void take_failure(std::uint64_t id, const question* asked) {
    const auto found = searches_.find(id);
    // The question is looked up, not trusted: the search may be another's by now.
    if (found != searches_.end() && find_open(found->second, asked) != found->second.open.end())
      take(id, asked, nullptr);
  }

  static std::vector<std::unique_ptr<question>>::iterator find_open(search& asker,
                                                                    const question* asked) {
    return std::find_if(asker.open.begin(), asker.open.end(),
                        [&](const auto& x) { return x.get() == asked; });
  }

  /// @param raw null where libunbound itself failed
  void take(std::uint64_t id, const question* asked, const ub_result* raw) {
    const auto found = searches_.find(id);
    if (found == searches_.end())
      return;
    auto& asker = found->second;
    const auto place = find_open(asker, asked);
    if (place == asker.open.end())
      return;
    const auto x = *asked;
    asker.open.erase(place);
    switch (x.kind) {
      case question_kind::mx:
        asker.choice = dns::choose_hosts(asker.domain, read_mx(raw), options_.route);
        ask_addresses(asker);
        break;
      case question_kind::a: asker.a[x.host] = read_addresses(raw, ip_family::ipv4); break;
      case question_kind::aaaa: asker.aaaa[x.host] = read_addresses(raw, ip_family::ipv6); break;
    }
    if (asker.open.empty())
      finish(id, conclude(asker));
  }

  dns::mail_plan conclude(search& asker) const {
    std::vector<dns::address_answer> both;
    for (std::size_t i = 0; i < asker.choice.hosts.size(); ++i)
      both.push_back(dns::join(std::move(asker.a[i]), std::move(asker.aaaa[i])));
    return asker.without_mx ? dns::plan_for_host(asker.domain, both.at(0), options_.route)
                            : dns::make_plan(asker.domain, asker.choice, both, options_.route);
  }

  void wait() {
    readable_.async_wait(asio::posix::stream_descriptor::wait_read,
                         [weak = weak_from_this()](const asio::error_code& why) {
                           const auto self = weak.lock();
                           if (why || !self || self->closed_)
                             return;
                           self->context_->process();
                           self->wait();
                         });
  }

  asio::io_context& io_;
  resolver_options options_;
  dns::host_table hosts_;
  std::unordered_map<std::uint64_t, search> searches_;
  std::uint64_t last_id_ = 0;
  bool closed_ = false;
  std::unique_ptr<unbound_context> context_;
  asio::posix::stream_descriptor readable_;
};

status check(const resolver_options& options) {
  for (const auto& server : options.servers)
    if (const auto forward = forward_address(server); !forward)
      return forward.error();
  return {};
}

result<std::unique_ptr<resolver>> resolver::make(asio::io_context& io, resolver_options options) {
  auto context = unbound_context::make(options);
  if (!context)
    return context.error();
  auto held = std::make_shared<impl>(io, std::move(options), std::move(*context));
  held->start();
  return std::unique_ptr<resolver>{new resolver{std::move(held)}};
}

resolver::resolver(std::shared_ptr<impl> held) : impl_(std::move(held)) {}

resolver::~resolver() {
  impl_->close();
}

void resolver::find_mail_hosts(std::string_view domain, steady_time deadline, plan_handler done) {
  impl_->find_mail_hosts(domain, deadline, std::move(done));
}

void resolver::find_host(std::string_view name, steady_time deadline, plan_handler done) {
  impl_->find_host(name, deadline, std::move(done));
}

std::size_t resolver::searches() const noexcept {
  return impl_->searches();
}

} // namespace troupe::io
