// PAGE_FETCHER: makes calls over HTTP, which block.
//
//   Place      STS_KEEPER, SPAN_EXPORTER -> the pool "fetch" -> [PAGE_FETCHER] -> web servers
//   Spawned    by the pool, detached.
//   Dies       when the pool lets it go, or of a crash; who waits hears worker_lost.
//   Restarted  by the pool.
//   Bound      one call at a time, each with its `wait` and `bytes_max`.
//   States     serving.

#pragma once

#include "actors/base_actor.hpp"
#include "actors/pool.hpp"
#include "net/io/https_call.hpp"

#include <caf/typed_actor.hpp>

#include <string>

namespace troupe::actors {

struct fetch_page {
  io::https_request what;
};

struct page_fetched {
  io::http_response page;
};

// Fails as io::https_call does.
using page_fetcher_actor = caf::typed_actor<caf::replies_to<fetch_page>::with<page_fetched>>;
using fetch_pool_actor = pool_actor<fetch_page, page_fetched>;

class page_fetcher final : public base_actor<page_fetcher_actor> {
public:
  page_fetcher(caf::actor_config& config, const house& home, std::string path)
    : base_actor(config, home, {"page_fetcher", std::move(path), 4}) {}

  const char* name() const override { return "page_fetcher"; }

protected:
  page_fetcher_actor::behavior_type make_behavior() override {
    return {[](const fetch_page& x) -> caf::result<page_fetched> {
      auto page = io::https_call(x.what);
      if (!page)
        return to_caf(page.error());
      return page_fetched{*std::move(page)};
    }};
  }
};

} // namespace troupe::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::fetch_page)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(troupe::actors::page_fetched)
