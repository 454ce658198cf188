// SESSION: who is at the door, and whether it may come in. From the connection to the
// greeting, XCLIENT, and the rules that are asked before a letter begins.

#include "actors/session_door.hpp"

#include "actors/doorway.hpp"
#include "actors/event_log.hpp"
#include "actors/metrics.hpp"
#include "actors/resolver.hpp"

#include <algorithm>
#include <utility>

namespace troupe::actors {

namespace {

/// Of what is said too early nothing is read but this.
constexpr std::size_t early_bytes_max = 1;

std::vector<ip_address> addresses_in(const dns::record_answer& found) {
  std::vector<ip_address> all;
  for (const auto& data : found.data) {
    if (data.size() != 4)
      continue;
    ip_address one;
    one.family = ip_family::ipv4;
    std::copy(data.begin(), data.end(), one.bytes.begin());
    all.push_back(one);
  }
  return all;
}

} // namespace

policy::peer_standing session::standing() const { return {address_, is_local_ || !user_.empty()}; }

bool session::is_trusted() const { return rules_->admission->may_relay(standing()); }

// ---- before the greeting

void session::act(const smtp::ask_peer&) {
  if (std::exchange(arrived_, true))
    return greet(); // another client, by XCLIENT
  if (!door_rules::is_in(rules_->door.proxies, address_))
    return keep_waiting();
  threshold_ = std::make_unique<threshold>();
  threshold_->header.emplace();
  threshold_->until = now() + proxy_header_wait_max;
}

/// Who waits to be greeted proves nothing; who does not is no mail server (RFC 5321 §3.1).
void session::keep_waiting() {
  threshold_.reset();
  if (rules_->begins_with_tls && socket_->tls() == nullptr)
    return begin_tls(); // and comes back
  if (rules_->door.greet_delay == milliseconds{0} || is_trusted())
    return greet();
  threshold_ = std::make_unique<threshold>();
  threshold_->until = now() + rules_->door.greet_delay;
}

void session::greet() {
  threshold_.reset();
  introduce_peer();
  if (may_claim_)
    machine_.offer_claims();
  decide(smtp::accepted{});
}

/// To the machine, which has heard nothing of the peer yet, or may know nothing any more.
void session::introduce_peer() {
  if (is_trusted())
    machine_.set_trust(smtp::peer_trust::trusted);
  offer_logins();
}

void session::on_threshold_readable() {
  if (threshold_->header)
    read_proxy_header();
  else {
    const auto got = socket_->read_some(unit().scratch().first(early_bytes_max));
    if (got.ended || got.failed)
      return quit(caf::exit_reason::user_shutdown);
    if (got.bytes > 0) {
      threshold_.reset();
      refuse({554, "5.5.1", {"You spoke before you were greeted"}}, "early_talker");
    }
  }
  run();
}

void session::read_proxy_header() {
  auto& header = *threshold_->header;
  while (header.progress() == smtp::proxy_progress::more) {
    const auto got = socket_->read_some(unit().scratch().first(header.room()));
    if (got.ended || got.failed)
      return quit(caf::exit_reason::user_shutdown);
    if (got.bytes == 0)
      return;
    header.take({unit().scratch().data(), got.bytes});
  }
  if (header.progress() == smtp::proxy_progress::broken)
    return refuse_proxy("no PROXY header");
  const auto client = header.client();
  threshold_.reset();
  if (client.is_known && !become(client.address, client.port))
    return;
  keep_waiting();
}

/// Past the deadline of the header, or the end of the silence.
void session::on_threshold_time() {
  if (threshold_->header)
    refuse_proxy("no PROXY header in time");
  else
    greet();
}

/// Whoever comes from there without a header is a balancer that is configured wrong, or
/// somebody who went around it: not to be taken for a client.
void session::refuse_proxy(std::string_view why) {
  threshold_.reset();
  log().warn("proxy_header_missing", {{"session", path()}, {"client_ip", peer_.address}, {"reason", why}});
  turn_away({421, "4.7.0", {"A PROXY header is needed here"}}, "proxy_header");
}

void session::turn_away(reply answer, std::string_view reason) {
  refuse(std::move(answer), reason);
  if (rules_->begins_with_tls && socket_->tls() == nullptr)
    hanging_up_ = true; // a reply before TLS would be noise
}

// ---- another client

/// False: there are too many of it, and the open question is answered so.
bool session::become(const ip_address& who, std::uint16_t port) {
  auto& counted = door_.house->counted;
  if (counted.move(counted_as_, who) != census_answer::counted) {
    turn_away({421, "4.7.0", {"Too many connections from your address, try again later"}}, "connections_per_ip");
    return false;
  }
  counted_as_ = address_ = who;
  is_local_ = false;
  peer_ = {who.family == ip_family::none ? "unknown" : to_string(who), port};
  if (!is_trusted() && door_.house->book.connection(who, now()) != policy::arrival_answer::welcome) {
    turn_away({421, "4.7.0", {"Too many connections from you, try again later"}}, "connection_rate");
    return false;
  }
  return true;
}

void session::act(const smtp::ask_claims& x) {
  const auto& said = x.claims;
  leave_filters(); // others are told from the start who this is
  if (said.address) {
    if (!become(*said.address, said.port.value_or(std::uint16_t{0})))
      return;
    inquiry_.reset();
  } else if (said.port) {
    peer_.port = *said.port;
  }
  if (said.login)
    user_ = *said.login;
  decide(smtp::accepted{});
  if (!machine_.is_logged_in())
    user_.clear();
  log().debug("client_claimed", {{"session", path()}, {"client_ip", peer_.address}, {"user", user_}});
}

// ---- before a letter

/// False: it is refused, or waits for an answer and is asked again then.
bool session::passes_door(const smtp::ask_sender& x) {
  if (is_trusted())
    return true;
  if (!(inquiry_ && inquiry_->resuming) && !(passes_helo() && passes_rate()))
    return false;
  const auto& lists = rules_->door.block_lists;
  if (lists.is_empty() || address_.family == ip_family::none)
    return true;
  if (!inquiry_) {
    begin_inquiry(x);
    if (inquiry_->waits_for > 0)
      return false;
  }
  auto no = policy::judge(lists, inquiry_->listed, address_);
  if (no)
    refuse(std::move(*no), "block_list");
  return !no;
}

bool session::passes_helo() {
  if (rules_->session.dialect == smtp::dialect::lmtp)
    return true;
  switch (policy::check_helo(rules_->door.helo, machine_.peer_name())) {
    case policy::helo_verdict::fine: return true;
    case policy::helo_verdict::own_name:
      refuse({550, "5.7.1", {"You greeted me with my own name"}}, "helo_own_name");
      return false;
    case policy::helo_verdict::bare_ip:
      refuse({550, "5.7.1", {"You greeted me with an address without brackets"}}, "helo_bare_ip");
      return false;
    case policy::helo_verdict::no_domain:
      refuse({550, "5.7.1", {"You greeted me with a name that is no full domain name"}}, "helo_no_domain");
      return false;
  }
  return true;
}

bool session::passes_rate() {
  const bool good = door_.house->book.message(address_, now()) == policy::arrival_answer::welcome;
  if (!good)
    refuse({450, "4.7.1", {"Too much mail from you, try again later"}}, "message_rate");
  return good;
}

bool session::passes_greylist(const smtp::ask_recipient& x) {
  if (!rules_->door.greylists || is_trusted() || address_.family == ip_family::none)
    return true;
  const auto wait = door_.house->book.greylisted(address_, x.mail.sender, x.to.address, wall());
  if (wait > seconds{0})
    refuse({450, "4.7.1", {"Greylisted, come back in " + std::to_string(wait.count()) + " seconds"}}, "greylisted");
  return wait == seconds{0};
}

// ---- block lists

void session::begin_inquiry(const smtp::ask_sender& x) {
  const auto& lists = rules_->door.block_lists.lists;
  inquiry_ = std::make_unique<inquiry>();
  auto& mine = *inquiry_;
  mine.about = address_;
  mine.listed.assign(lists.size(), false);
  mine.open.assign(lists.size(), false);
  mine.until = now() + rules_->door.block_list_wait;
  if (++last_ticket_ == 0)
    ++last_ticket_;
  mine.which = last_ticket_;
  const auto dns = door_.house->dns->now();
  for (std::size_t i = 0; dns && i < lists.size(); ++i) {
    if (!door_.house->book.may_ask(lists[i].zone, now()))
      continue;
    mine.open[i] = true;
    ++mine.waits_for;
    submit<find_hosts> job;
    job.job.name = policy::block_list_name(address_, lists[i].zone);
    job.job.kind = host_kind::records;
    job.job.type = dns::record_type::a;
    job.wait = rules_->door.block_list_wait;
    request(dns, caf::infinite, std::move(job))
      .then([this, i, which = mine.which](const hosts_found& found) { on_list_answered(which, i, found.records); },
            [this, i, which = mine.which](const caf::error& why) {
              on_list_silent(which, i, from_caf(why).detail);
            });
  }
  if (mine.waits_for > 0)
    mine.asked_at.emplace(x);
}

void session::on_list_answered(ticket which, std::size_t index, const dns::record_answer& found) {
  if (!inquiry_ || inquiry_->which != which || !inquiry_->open[index])
    return; // too late: it was told silent
  if (dns::is_temporary(found.kind))
    return on_list_silent(which, index, "the DNS failed");
  const auto& list = rules_->door.block_lists.lists[index];
  door_.house->book.answered(list.zone, now());
  inquiry_->listed[index] = policy::is_listed(list, addresses_in(found));
  close_question(index);
}

void session::on_list_silent(ticket which, std::size_t index, std::string_view why) {
  if (!inquiry_ || inquiry_->which != which || !inquiry_->open[index])
    return;
  door_.house->book.silent(rules_->door.block_lists.lists[index].zone, now(), why);
  close_question(index);
}

void session::close_question(std::size_t index) {
  inquiry_->open[index] = false;
  if (--inquiry_->waits_for == 0)
    end_inquiry();
}

/// Lists that have not answered by now say nothing.
void session::on_inquiry_time() {
  auto& mine = *inquiry_;
  for (std::size_t i = 0; i < mine.open.size(); ++i)
    if (mine.open[i])
      door_.house->book.silent(rules_->door.block_lists.lists[i].zone, now(), "no answer in time");
  mine.open.assign(mine.open.size(), false);
  mine.waits_for = 0;
  end_inquiry();
}

/// The MAIL that waits goes on.
void session::end_inquiry() {
  const auto asked = std::exchange(inquiry_->asked_at, std::nullopt);
  inquiry_->resuming = true;
  act(*asked);
  if (inquiry_)
    inquiry_->resuming = false;
  run();
}

/// The session ends: what it did not wait for says nothing about the lists.
void session::leave_door() {
  if (inquiry_)
    for (std::size_t i = 0; i < inquiry_->open.size(); ++i)
      if (inquiry_->open[i])
        door_.house->book.forget(rules_->door.block_lists.lists[i].zone, now());
  door_.house->counted.leave(counted_as_);
}

} // namespace troupe::actors
