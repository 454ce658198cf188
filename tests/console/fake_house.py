"""A node that is only a table of answers: many actors, a long history, and markup in
every word that a stranger could choose. Run as a program, it serves until it is ended.

    python3 fake_house.py [PORT]
"""

import json
import math
import pathlib
import sys
import time
import urllib.parse

from page_server import PageHandler, PageServer

PAGE = pathlib.Path(__file__).resolve().parents[2] / "app" / "console" / "page"
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
MARKUP = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")


def wave(t: float, period: float, low: float, high: float) -> float:
    return low + (high - low) * (0.5 + 0.35 * math.sin(t / period) + 0.15 * math.sin(t / period * 7.3))


class House:
    def __init__(self, token: str = "", sessions: int = 40, hostile: bool = False, missing: tuple[str, ...] = ()):
        self.token, self.hostile, self.missing = token, hostile, missing
        self.began = time.time() - 3600 * 31
        self.acts: list[tuple[str, dict]] = []
        self.suspended: set[str] = set()
        self.breaker_states: dict[str, str] = {}
        self.gone: set[str] = set()
        self.session_count = sessions
        self.held: set[str] = {"01K9N4D2W7Q0"}

    def said(self, text: str) -> str:
        return f"{text} {MARKUP}" if self.hostile else text

    # -- answers ------------------------------------------------------------------------------

    def status(self, _):
        now = time.time()
        return {"node": self.said("mx1"), "hostname": "mx1.example.org", "version": "0.1.0", "pid": 4711,
                "uptime_seconds": int(now - self.began), "ready": True, "reasons": [],
                "degraded": [self.said("shard 3: its store does not answer")] if self.hostile else [],
                "draining": False, "sessions": self.session_count,
                "queue": {"messages": 1843, "bytes": 71_300_000, "queued": 1840, "held": len(self.held), "complete": True,
                          "oldest_seconds": 7480, "drain_estimate_seconds": 96.2},
                "rates": {"in_per_second": wave(now, 40, 700, 1900), "out_per_second": wave(now - 4, 40, 680, 1880)},
                "totals": {"received": 48_211_934, "delivered": 48_190_777, "deferred": 51_209, "bounced": 3_114}, "log_level": "info"}

    def rates(self, query):
        now = int(time.time() / 2) * 2
        after = int(query.get("after", ["0"])[0])
        samples = []
        for t in range(now - 600, now + 1, 2):
            if t * 1000 <= after:
                continue
            storm = max(0.0, 1 - abs(t - now + 240) / 60)
            samples.append({"at_ms": t * 1000, "received": wave(t, 40, 700, 1900), "delivered": wave(t - 4, 40, 680, 1880) * (1 - 0.5 * storm),
                            "deferred": wave(t, 13, 0, 4) + 60 * storm, "bounced": wave(t, 17, 0, 1.2), "queue": int(300 + 1500 * wave(t, 90, 0.1, 1) + 4000 * storm)})
        return {"interval_seconds": 2, "span_seconds": 600, "samples": samples}

    def actors(self, query):
        t = time.time()
        rows = []

        def add(path, kind, state="serving", mailbox=0, limit=1000, handled=0, **more):
            if path not in self.gone:
                rows.append({"path": path, "kind": kind, "state": state, "state_seconds": 12, "mailbox": mailbox, "mailbox_limit": limit,
                             "in_hand": 0, "handled": handled + int(t * 3) % 1000, "steps": 9, "refused": 0, "age_seconds": t - self.began, "restarts": 0, **more})

        add("/", "supervisor", handled=40)
        for group in ("inbound", "queue", "outbound", "watch"):
            add(f"/{group}", "supervisor", handled=12)
        add("/inbound/mx", "listener", handled=91_002)
        add("/inbound/submission", "listener", handled=1_204)
        for i in range(self.session_count):
            add(f"/inbound/mx/session/{0x5f3a + i * 37:x}", "session", ["body", "ready", "committing", "envelope"][i % 4], handled=i, limit=64, age_seconds=i * 2.3)
        for i in range(2):
            add(f"/queue/shard/{i}", "shard", mailbox=14 + i, handled=88_211_000, in_hand=120)
            add(f"/queue/store/{i}", "store", mailbox=510 + i * 420, limit=1024, handled=88_000_111, restarts=i,
                **({"last_error": self.said("storage_failed: disk I/O error")} if i else {}))
        for name in ("mx:relay.test", "mx:gmail.example", "smtp:127.0.0.1:2600", "maildir:/srv/mail"):
            add(f"/outbound/route/{name}", "route", handled=3_000_222)
        if self.hostile:
            add(f"/outbound/route/mx:{MARKUP.replace('/', '|')}", "route", self.said("serving"))
        for i in range(4):
            add(f"/outbound/delivery/{i}", "delivery", "sending", handled=20_010, limit=16)
            add(f"/outbound/dns/{i}", "resolver", "idle", handled=711)
        add("/watch/metrics", "metrics")
        add("/watch/health", "health")
        return {"actors": rows, "count": len(rows)}

    def actor(self, path):
        for row in self.actors({})["actors"]:
            if row["path"] == path:
                return {**row, "born": "2026-11-22T08:14:03Z", "own": {"active": 220, "active_bytes": 8_100_000, "leased": 12, "last_reply": self.said("250 2.0.0 Ok")},
                        "histograms": {"commit_seconds": {"count": 81, "mean": 0.0041, "p50": 0.0032, "p90": 0.0078, "p99": 0.021}},
                        "events": [{"at": "2026-11-23T09:12:44Z", "what": "started"}, {"at": "2026-11-23T10:02:01Z", "what": self.said("421 4.3.2 from mx2.relay.test")}]}
        return None

    def pools(self, _):
        rows = [("storage", 2, 2, 41, 48_211_934, 0.0021, 0.0042, []), ("delivery", 31, 26, 0, 48_193_120, 0.0004, 0.118, []),
                ("dns", 4, 1, 3, 911_002, 0.0006, 0.0311, []), ("auth", 2, 2, 360, 80_113, 1.32, 0.241, ["buffer full"])]
        return {"pools": [{"name": n, "workers": w, "wanted": w, "busy": b, "buffered": q, "buffer_limit": 500, "jobs": {"submitted": j},
                           "wait_seconds": {"mean": a}, "run_seconds": {"mean": r}, "trouble": t, "healthy": not t} for n, w, b, q, j, a, r, t in rows]}

    def breakers(self, _):
        rows = [("route/mx:relay.test", "closed", 12, 0, ""), ("route/mx:slow.example", "open", 9, 9, self.said("connect to 198.51.100.7 timed out")),
                ("route/mx:gmail.example", "half_open", 5, 3, self.said("421 4.7.0 Try again later")), ("storage/0", "closed", 900, 0, ""), ("dns", "closed", 3120, 4, "SERVFAIL for slow.example")]
        return {"breakers": [{"name": n, "state": self.breaker_states.get(n, s), "requests": r, "failures": f, "last_reason": w,
                              **({"forced": "none", "open_seconds": 24} if s == "open" else {})} for n, s, r, f, w in rows]}

    def routes(self, _):
        rows = [("mx:relay.test", 210, 20, 20, 812_000, 12, 0, "250 2.0.0 Ok: queued as 4XyZ"), ("mx:gmail.example", 88, 12, 40, 9_120_444, 1022, 31, "421 4.7.0 Try again later"),
                ("smtp:127.0.0.1:2600", 12, 4, 20, 38_111_000, 0, 2, "250 kept"), ("maildir:/srv/mail", 0, 1, 4, 144_000, 0, 0, ""), ("mx:slow.example", 1203, 0, 1, 22, 9114, 1, "connect timed out")]
        out = [{"name": n, "state": "suspended" if n in self.suspended else "resting" if "slow" in n else "open", "ready": r, "in_hand": s * 2, "sessions": s, "window": w,
                "delivered": d, "deferred": f, "failed": b, "last_reply": self.said(reply)} for n, r, s, w, d, f, b, reply in rows]
        if self.hostile:
            out.append({**out[0], "name": f"mx:{MARKUP}", "ready": 1})
        return {"routes": out, "count": len(out), "silent": 0}

    def mails(self):
        for i in range(130):
            ident = f"01K9N4D{i:02X}7Q0" if i else "01K9N4D2W7Q0"
            yield {"id": ident, "state": "held" if ident in self.held else ["queued", "deferred", "deferred"][i % 3], "from": self.said(f"ann{i}@example.org") if i % 9 else "<>",
                   "to": [self.said(f"bob{i}@slow.example")], "recipients": 1 + (i % 5 == 0) * 3, "bytes": 1800 + i * 997, "received": "2026-11-23T10:02:01Z", "age_seconds": 7480 - i * 50,
                   "attempts": i % 7, "shard": i % 2, "next_attempt_seconds": i * 11, "reason": self.said("connect to 198.51.100.7:25 timed out") if i % 3 else ""}

    def messages(self, query):
        limit = int(query.get("limit", ["100"])[0])
        state = query.get("state", [""])[0]
        to = query.get("to", [""])[0].strip("*")
        rows = [m for m in self.mails() if (not state or m["state"] == state) and to in m["to"][0]]
        return {"messages": rows[:limit], "complete": len(rows) <= limit, **({"next": rows[limit]["id"]} if len(rows) > limit else {})}

    def message(self, ident):
        for mail in self.mails():
            if mail["id"] == ident:
                return {**mail, "client": self.said("[192.0.2.7] as mail.example.org"), "body": f"Subject: {MARKUP}\r\nFrom: {MARKUP}\r\n\r\nHello {MARKUP}\r\n", "body_cut": False,
                        "where": "scheduled", "waits_for": [self.said("the next attempt for 1 recipient, in 11 min"), "route mx:slow.example: breaker open, next trial in 24 s"],
                        "recipients": [{"to": mail["to"][0], "state": "queued", "attempts": mail["attempts"], "last_reply": self.said("450 4.2.1 busy"),
                                        "last_attempt": "2026-11-23T10:22:01Z", "next_attempt_seconds": 660}]}
        return None

    # -- the way there ------------------------------------------------------------------------

    def look(self, path, query):
        parts = [urllib.parse.unquote(p) for p in path.split("/")][2:]
        if parts[0] in self.missing:
            return None
        if parts[0] == "actors" and len(parts) > 1:
            return self.actor("/" + "/".join(parts[1:]))
        if parts[:2] == ["queue", "messages"]:
            return self.message(parts[2]) if len(parts) > 2 else self.messages(query)
        known = {"status": self.status, "rates": self.rates, "actors": self.actors, "pools": self.pools, "breakers": self.breakers, "routes": self.routes}
        return known[parts[0]](query) if len(parts) == 1 and parts[0] in known else None

    def act(self, path, body):
        path = urllib.parse.unquote(path)
        self.acts.append((path, body))
        name, _, verb = path.rpartition("/")
        if name == "/v1/routes":
            (self.suspended.add if verb == "suspend" else self.suspended.discard)(body["name"])
        elif name == "/v1/breakers":
            self.breaker_states[body["name"]] = state = {"open": "open", "close": "closed", "reset": "closed"}[verb]
            return {"name": body["name"], "act": state}
        elif name.startswith("/v1/actors/"):
            return {"path": name[10:], "act": verb, "ended": True}
        elif name == "/v1/queue":
            for ident in body.get("ids", []):
                (self.held.add if verb == "hold" else self.held.discard)(ident)
            return {"done": len(body.get("ids", [])) or 130, "complete": True}
        return {}


class FakeServer(PageServer):
    def __init__(self, house: House, port: int = 0):
        class Handler(PageHandler):
            def answer(self, code, content, kind="application/json"):
                super().answer(code, content, kind, Content_Security_Policy=POLICY)

            def reply(self, document):
                if house.token and self.headers.get("Authorization") != f"Bearer {house.token}":
                    return self.answer(401, b'{"error":{"code":"refused","message":"token"}}')
                if document is None:
                    return self.answer(404, b'{"error":{"code":"not_found","message":"No such path"}}')
                return self.answer(200, json.dumps(document).encode())

            def do_GET(self):
                url = urllib.parse.urlparse(self.path)
                if url.path.startswith("/v1/"):
                    return self.reply(house.look(url.path, urllib.parse.parse_qs(url.query)))
                file = PAGE / ("index.html" if url.path == "/" else url.path.removeprefix("/console/"))
                if file.parent != PAGE or not file.is_file():
                    return self.answer(404, b"{}")
                return self.answer(200, file.read_bytes(), TYPES[file.suffix])

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
                if "X-Troupe-Request" not in self.headers:
                    return self.answer(403, b'{"error":{"code":"refused","message":"no header"}}')
                return self.reply(house.act(urllib.parse.urlparse(self.path).path, body))

        super().__init__(Handler, port)


if __name__ == "__main__":
    FakeServer(House(hostile="hostile" in sys.argv), int(sys.argv[1]) if len(sys.argv) > 1 else 8025).server.serve_forever()
