#include "net/milter/conversation.hpp"

#include "net/milter/reply_words.hpp"

#include <algorithm>
#include <utility>

namespace troupe::milter {

namespace {

constexpr std::size_t read_ahead_bytes = 64 * 1024;

reply rejected() { return {550, "5.7.1", {"Command rejected"}}; }
reply put_off() { return {451, "4.7.1", {"Service unavailable - try again later"}}; }
reply closing() { return {421, "4.7.0", {"Service closing, try again later"}}; }

} // namespace

status check(const conversation_options& options) {
  if (options.reply_max <= milliseconds{0} || options.message_max <= milliseconds{0}
      || options.telling_max < options.message_max)
    return error{errc::malformed, "the waits for a filter"};
  return {};
}

conversation::conversation(const conversation_options& options, steady_time now)
  : options_(options), now_(now), deadline_(now + options.reply_max) {
  std::string data;
  append_number(data, version);
  append_number(data, may::all);
  append_number(data, talk::all);
  append_frame(output_, command::negotiate, data);
  asked_ = command::negotiate;
}

bool conversation::awaits_command() const noexcept {
  return state_ == state::ready && !said_ && !failed_ && !greeted_;
}

leading_space conversation::space() const noexcept {
  return has(talk::leading_space) ? leading_space::said : leading_space::implied;
}

bool conversation::is_about_client() const noexcept {
  return asked_ == command::connect || asked_ == command::helo;
}

void conversation::set_deadline(milliseconds wait) { deadline_ = std::min(now_ + wait, told_by_); }

void conversation::enter(state next, steady_time now) {
  now_ = now;
  state_ = next;
  if (next != state::telling)
    told_by_ = steady_time::max();
  switch (next) {
    case state::greeting:
    case state::asked: return set_deadline(options_.reply_max);
    case state::telling:
      told_by_ = now + options_.telling_max;
      return set_deadline(options_.reply_max);
    case state::ready:
    case state::closed:
      asked_ = 0;
      header_ = nullptr;
      values_.clear();
      deadline_ = steady_time::max();
  }
}

void conversation::fail(errc code, std::string detail) {
  if (state_ == state::closed)
    return;
  failed_ = error{code, std::move(detail)};
  said_.reset();
  greeted_ = false;
  output_.clear();
  enter(state::closed, now_);
}

// ---- commands

void conversation::connect(const client& who, const macro_values& values, steady_time now) {
  constexpr std::string_view families = "U46L";
  std::string data;
  append_text(data, who.host);
  data += families[static_cast<std::size_t>(who.family)];
  if (who.family != client_family::unknown) {
    data += static_cast<char>(static_cast<unsigned char>(who.port >> 8));
    data += static_cast<char>(static_cast<unsigned char>(who.port & 0xff));
    append_text(data, who.address);
  }
  client_ = standing::open;
  say({command::connect, stage::connect, talk::no_connect, talk::no_reply_connect}, values, data, now);
}

void conversation::helo(std::string_view name, const macro_values& values, steady_time now) {
  std::string data;
  append_text(data, name);
  say({command::helo, stage::helo, talk::no_helo, talk::no_reply_helo}, values, data, now);
}

void conversation::mail(const std::vector<std::string>& arguments, const macro_values& values,
                        steady_time now) {
  abort();
  std::string data;
  for (const auto& each : arguments)
    append_text(data, each);
  message_ = standing::open;
  begun_ = client_ == standing::open;
  say({command::mail, stage::mail, talk::no_mail, talk::no_reply_mail}, values, data, now);
}

void conversation::rcpt(const std::vector<std::string>& arguments, const macro_values& values,
                        steady_time now) {
  std::string data;
  for (const auto& each : arguments)
    append_text(data, each);
  say({command::rcpt, stage::rcpt, talk::no_rcpt, talk::no_reply_rcpt}, values, data, now);
}

void conversation::data(const macro_values& values, steady_time now) {
  // Filters before version 4 don't know it.
  const auto unwanted = version_ < 4 ? UINT32_MAX : talk::no_data;
  say({command::data, stage::data, unwanted, talk::no_reply_data}, values, {}, now);
}

void conversation::say(const form& how, const macro_values& values, std::string_view data,
                       steady_time now) {
  now_ = now;
  if (client_ == standing::refused || message_ == standing::refused)
    return answer({verdict_kind::refuse, refusal_});
  const bool unwanted = how.unwanted == UINT32_MAX || has(how.unwanted);
  if (client_ == standing::accepted || message_ == standing::accepted || unwanted)
    return answer({});
  tell_macros(how.letter, how.macros, values);
  append_frame(output_, how.letter, data);
  if (has(how.silent))
    return answer({});
  asked_ = how.letter;
  enter(state::asked, now);
}

void conversation::tell_macros(char letter, stage when, const macro_values& values) {
  if (const auto data = macro_data(letter, wishes_.at(when), values))
    append_frame(output_, command::macros, *data);
}

void conversation::abort() {
  if (std::exchange(begun_, false) && state_ != state::closed)
    append_frame(output_, command::abort, {});
  message_ = standing::open;
}

void conversation::quit(steady_time now) {
  if (state_ == state::ready && output_.empty())
    append_frame(output_, command::quit, {});
  enter(state::closed, now);
}

// ---- answers

void conversation::answer(verdict said) {
  enter(state::ready, now_);
  if (!output_.empty())
    set_deadline(options_.reply_max); // it is still to be written
  said_ = std::move(said);
}

void conversation::refuse(reply how) {
  const bool whole_client = is_about_client() || how.code == 421;
  if (whole_client)
    client_ = standing::refused;
  // One recipient more or less does not end the message.
  else if (asked_ != command::rcpt)
    message_ = standing::refused;
  refusal_ = how;
  if (asked_ == command::end_of_message)
    begun_ = false;
  answer({verdict_kind::refuse, std::move(how)});
}

void conversation::receive(std::string_view bytes, steady_time now) {
  now_ = now;
  if (state_ != state::closed)
    input_.take(bytes);
}

void conversation::wrote(steady_time now) {
  now_ = now;
  output_.clear();
  output_shown_ = false;
  if (output_.capacity() > read_ahead_bytes)
    output_.shrink_to_fit();
  if (state_ == state::ready)
    deadline_ = steady_time::max();
  else if (state_ != state::closed)
    set_deadline(asked_ == command::end_of_message ? options_.message_max : options_.reply_max);
}

void conversation::disconnected() { fail(errc::peer_unreachable, "the filter closed the connection"); }

void conversation::tick(steady_time now) {
  if (now < deadline_ || state_ == state::closed)
    return;
  now_ = now;
  fail(errc::timed_out, asked_ == 0 ? "the filter takes nothing in"
                                    : std::string("the filter does not answer ") + asked_);
}

std::size_t conversation::room() const noexcept {
  return input_.size() > frame_bytes_max ? 0 : read_ahead_bytes;
}

std::optional<action> conversation::next() {
  while (true) {
    if (failed_)
      return failed{*std::exchange(failed_, std::nullopt)};
    if (!output_.empty()) {
      if (std::exchange(output_shown_, true))
        return std::nullopt;
      return write_bytes{output_};
    }
    if (std::exchange(greeted_, false))
      return greeted{};
    if (said_)
      return answered{*std::exchange(said_, std::nullopt)};
    if (state_ == state::closed)
      return std::nullopt;
    const auto got = input_.next();
    if (!got) {
      fail(got.error().code, got.error().detail);
      continue;
    }
    if (*got) {
      if (auto todo = on_frame(**got))
        return todo;
      continue;
    }
    if (state_ != state::telling || asked_ != 0)
      return std::nullopt;
    if (auto todo = tell())
      return todo;
    if (output_.empty() && !said_)
      return std::nullopt;
  }
}

std::optional<action> conversation::on_frame(const frame& x) {
  if (asked_ == 0) {
    fail(errc::malformed, "the filter speaks out of turn");
    return std::nullopt;
  }
  if (asked_ == command::negotiate) {
    if (x.letter == response::negotiate)
      on_options(x.data);
    else
      fail(errc::malformed, "the filter does not greet");
    return std::nullopt;
  }
  constexpr std::string_view changes = "+2-ehimbq";
  if (changes.find(x.letter) == changes.npos) {
    on_verdict(x.letter, x.data);
    return std::nullopt;
  }
  if (asked_ != command::end_of_message) {
    fail(errc::malformed, "the filter changes a message before its end");
    return std::nullopt;
  }
  auto what = parse_change(x);
  if (!what) {
    fail(what.error().code, what.error().detail);
    return std::nullopt;
  }
  set_deadline(options_.message_max);
  return changed{std::move(*what)};
}

void conversation::on_options(std::string_view data) {
  frame_fields fields(data);
  const auto its_version = fields.number();
  const auto its_changes = fields.number();
  const auto its_talk = fields.number();
  if (!its_version || !its_changes || !its_talk)
    return fail(errc::malformed, "the greeting of the filter is cut");
  if (*its_version < version_min || *its_version > version)
    return fail(errc::malformed, "the filter speaks version " + std::to_string(*its_version));
  if ((*its_talk & ~talk::all) != 0)
    return fail(errc::malformed, "the filter asks for more than was offered");
  while (!fields.empty()) {
    const auto when = fields.number();
    const auto list = fields.text();
    if (!when || !list)
      return fail(errc::malformed, "the filter's list of macros is cut");
    if (*when < stages)
      wishes_.set(static_cast<stage>(*when), *list);
  }
  version_ = *its_version;
  talk_ = *its_talk;
  greeted_ = true;
  enter(state::ready, now_);
}

void conversation::on_verdict(char letter, std::string_view data) {
  switch (letter) {
    case response::proceed: return on_go_on();
    case response::skip:
      body_told_ = body_told_ || asked_ == command::body;
      return on_go_on();
    case response::progress:
      return set_deadline(asked_ == command::end_of_message ? options_.message_max : options_.reply_max);
    case response::accept:
      (is_about_client() ? client_ : message_) = standing::accepted;
      if (asked_ == command::end_of_message)
        begun_ = false;
      return answer({});
    case response::discard:
      if (is_about_client())
        return on_go_on(); // libmilter's documentation: not for a connection
      message_ = standing::accepted;
      if (asked_ == command::end_of_message)
        begun_ = false;
      return answer({verdict_kind::discard, {}});
    case response::reject: return refuse(rejected());
    case response::tempfail: return refuse(put_off());
    case response::shutdown:
    case response::conn_fail: return refuse(closing());
    case response::reply_code: {
      auto said = parse_reply(data.substr(0, data.find('\0')));
      if (!said)
        return fail(said.error().code, said.error().detail);
      return refuse(std::move(*said));
    }
    default: return fail(errc::malformed, "an answer that nobody knows");
  }
}

void conversation::on_go_on() {
  if (state_ == state::telling && asked_ != command::end_of_message) {
    asked_ = 0;
    return set_deadline(options_.reply_max);
  }
  if (asked_ == command::end_of_message) {
    begun_ = false;
    message_ = standing::accepted;
  }
  answer({});
}

} // namespace troupe::milter
