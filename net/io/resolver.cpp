#include "net/io/resolver.hpp"

#include "net/core/mailbox.hpp"
#include "net/dns/tlsa.hpp"
#include "net/io/read_hosts_file.hpp"
#include "net/io/unbound_context.hpp"

#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace troupe::io {

namespace {

enum class question_kind : std::uint8_t { mx, a, aaaa, tlsa, tlsa_of_canonical, plain };

dns::record_type type_of(question_kind kind) {
  switch (kind) {
    case question_kind::mx: return dns::record_type::mx;
    case question_kind::a: return dns::record_type::a;
    case question_kind::aaaa: return dns::record_type::aaaa;
    case question_kind::tlsa:
    case question_kind::tlsa_of_canonical: return dns::record_type::tlsa;
    case question_kind::plain: break;
  }
  return dns::record_type::txt;
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

  void find_mail_hosts(std::string_view name, steady_time deadline, plan_handler done,
                       std::uint16_t tlsa_port) {
    if (name.starts_with('[')) {
      if (const auto address = parse_ip_literal(name))
        return answer(dns::plan_for_address(*address, options_.route), std::move(done));
    }
    auto domain = domain_key(name);
    if (!dns::is_host_name(domain)) {
      const auto choice = dns::choose_hosts(domain, {}, options_.route);
      return answer(dns::make_plan(domain, choice, {}, options_.route), std::move(done));
    }
    if (auto* asker = begin(std::move(domain), deadline, std::move(done))) {
      asker->tlsa_port = tlsa_port;
      ask(*asker, question_kind::mx, 0, asker->domain);
    }
  }

  void find_host(std::string_view name, steady_time deadline, plan_handler done,
                 std::uint16_t tlsa_port) {
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
      asker->tlsa_port = tlsa_port;
      asker->choice.secure = true; // a rule names it
      asker->choice.hosts.push_back({0, asker->domain});
      ask_addresses(*asker);
    }
  }

  void look_up(std::string_view name, dns::record_type type, steady_time deadline,
               records_handler done) {
    auto key = domain_key(name);
    if (!dns::is_host_name(key))
      return answer_records(error{errc::malformed, "not a name for the DNS"}, std::move(done));
    if (searches_.size() >= options_.searches_max)
      return answer_records(error{errc::mailbox_full, "searches_max"}, std::move(done));
    if (auto* asker = begin(std::move(key), deadline, {})) {
      asker->records_done = std::move(done);
      ask(*asker, question_kind::plain, 0, asker->domain, type);
    }
  }

  [[nodiscard]] std::size_t searches() const noexcept { return searches_.size(); }

private:
  struct question;

  struct tlsa_pair {
    dns::address_answer addresses;
    dane_facts own{};
    dane_facts canonical{};
    seconds ttl = seconds::max();
  };

  struct search {
    std::uint64_t id;
    std::string domain;
    plan_handler done;
    asio::steady_timer deadline;
    records_handler records_done{}; ///< Instead of `done`: of look_up.
    bool without_mx = false;
    bool tlsa_asked = false;
    std::uint16_t tlsa_port = 0;
    dns::host_choice choice{};
    std::vector<dns::address_answer> a{};    ///< One for each host of the choice ...
    std::vector<dns::address_answer> aaaa{}; ///< ... and as many here.
    std::vector<tlsa_pair> tlsa{};           ///< And here, once they are asked for.
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
        self->fail(id, {errc::timed_out, "DNS"});
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

  void answer_records(result<dns::record_answer> found, records_handler done) {
    asio::post(io_, [weak = weak_from_this(), found = std::move(found), done = std::move(done)] {
      const auto self = weak.lock();
      if (self && !self->closed_)
        done(found);
    });
  }

  void fail(std::uint64_t id, const error& why) {
    const auto found = searches_.find(id);
    if (found != searches_.end() && found->second.records_done)
      return finish_records(id, why);
    finish(id, why);
  }

  void finish_records(std::uint64_t id, result<dns::record_answer> records) {
    const auto found = searches_.find(id);
    forget_questions(found->second);
    auto done = std::move(found->second.records_done);
    searches_.erase(found);
    answer_records(std::move(records), std::move(done));
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
    ask(asker, kind, host, name, type_of(kind));
  }

  void ask(search& asker, question_kind kind, std::size_t host, const std::string& name,
           dns::record_type type) {
    auto& x = *asker.open.emplace_back(
      std::make_unique<question>(question{this, asker.id, kind, host}));
    if (!context_->ask(name, static_cast<int>(type), &x, &impl::on_answer, x.async_id))
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

  /// The records stand where the addresses lead, so those come first.
  void ask_tlsa(search& asker) {
    asker.tlsa_asked = true;
    for (std::size_t i = 0; i < asker.choice.hosts.size(); ++i) {
      asker.tlsa.push_back({dns::join(std::move(asker.a[i]), std::move(asker.aaaa[i]))});
      if (asker.tlsa_port == 0)
        continue;
      const auto& host = asker.choice.hosts[i].host;
      for (const auto& base : dns::tlsa_bases(asker.choice, host, asker.tlsa[i].addresses)) {
        auto kind = question_kind::tlsa;
        if (base != host) {
          kind = question_kind::tlsa_of_canonical;
          asker.tlsa[i].canonical.base = base;
        }
        ask(asker, kind, i, dns::tlsa_name(base, asker.tlsa_port));
      }
    }
  }

  void take_tlsa(search& asker, const question& x, const dns::record_answer& found) {
    auto& host = asker.tlsa[x.host];
    auto& facts = x.kind == question_kind::tlsa ? host.own : host.canonical;
    const auto base = x.kind == question_kind::tlsa ? asker.choice.hosts[x.host].host : facts.base;
    facts = dns::choose_tlsa(base, found);
    host.ttl = std::min(host.ttl, dns::is_temporary(found.kind) ? seconds{0} : found.ttl);
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
      case question_kind::tlsa:
      case question_kind::tlsa_of_canonical: take_tlsa(asker, x, read_records(raw)); break;
      case question_kind::plain: return finish_records(id, read_records(raw));
    }
    if (asker.open.empty() && !asker.tlsa_asked)
      ask_tlsa(asker);
    if (asker.open.empty())
      finish(id, conclude(asker));
  }

  dns::mail_plan conclude(search& asker) const {
    std::vector<dns::host_answer> answers;
    for (auto& each : asker.tlsa) {
      auto& one = answers.emplace_back(std::move(each.addresses));
      one.dane = dns::choose_tlsa(std::move(each.canonical), std::move(each.own));
      one.dane_ttl = each.ttl;
    }
    return asker.without_mx ? dns::plan_for_host(asker.domain, answers.at(0), options_.route)
                            : dns::make_plan(asker.domain, asker.choice, answers, options_.route);
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

void resolver::find_mail_hosts(std::string_view domain, steady_time deadline, plan_handler done,
                               std::uint16_t tlsa_port) {
  impl_->find_mail_hosts(domain, deadline, std::move(done), tlsa_port);
}

void resolver::find_host(std::string_view name, steady_time deadline, plan_handler done,
                         std::uint16_t tlsa_port) {
  impl_->find_host(name, deadline, std::move(done), tlsa_port);
}

void resolver::look_up(std::string_view name, dns::record_type type, steady_time deadline,
                       records_handler done) {
  impl_->look_up(name, type, deadline, std::move(done));
}

std::size_t resolver::searches() const noexcept {
  return impl_->searches();
}

} // namespace troupe::io
