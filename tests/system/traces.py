"""The way of a message as a trace, at a collector that speaks OTLP over HTTP."""

import subprocess
import unittest

from support import letters
from support.authority import Authority
from support.bad_sink import OK, BadSink, Say
from support.case import SystemCase, relay_to
from support.collector import Collector, facts
from support.daemon import program
from support.ports import free_port, until


class Traces(SystemCase):
    def collector(self, **how) -> Collector:
        made = Collector(**how).start()
        self.addCleanup(made.stop)
        return made

    def traced(self, at: str, **more):
        return self.troupe({"tracing": {"otlp": at, **more.pop("tracing", {})}, **more})

    def spans(self, collector, message: str, names: list[str]) -> dict[str, dict]:
        until(f"spans {names}", lambda: sorted(s["name"] for s in collector.of(message)) == sorted(names))
        return {s["name"]: s for s in collector.of(message)}

    def test_a_message_is_one_trace_from_its_reception_to_its_delivery(self):
        collector = self.collector()
        node = self.traced(f"http://127.0.0.1:{collector.port}/v1/traces")
        message = queue_id(node.send(letters.plain()))
        spans = self.spans(collector, message, ["receive", "commit", "wait", "deliver"])
        self.assertEqual({s["traceId"] for s in spans.values()}, {spans["receive"]["traceId"]})
        self.assertNotIn("parentSpanId", spans["receive"])
        for name in ("commit", "wait", "deliver"):
            self.assertEqual(spans[name]["parentSpanId"], spans["receive"]["spanId"])
            self.assertLessEqual(int(spans["receive"]["startTimeUnixNano"]), int(spans[name]["startTimeUnixNano"]))
            self.assertLessEqual(int(spans[name]["startTimeUnixNano"]), int(spans[name]["endTimeUnixNano"]))
        self.assertEqual(len({s["spanId"] for s in spans.values()}), 4)
        self.assertEqual(facts(spans["receive"])["client.address"], "127.0.0.1")
        self.assertEqual(facts(spans["deliver"])["smtp.response.code"], "250")
        self.assertEqual(spans["deliver"]["status"], {"code": 1})
        self.assertEqual(collector.resources[0]["service.name"], "troupe")
        self.assertEqual(collector.resources[0]["service.instance.id"], "test")
        self.assertEqual(set(collector.calls), {"/v1/traces application/json 200"})

    def test_each_attempt_is_a_span_and_tells_why_it_failed_across_a_restart(self):
        collector = self.collector()
        sink = self.started(BadSink({"rcpt": [Say("450 4.2.0 not now"), Say("450 4.2.0 not now"), OK]}))
        node = self.traced(f"http://127.0.0.1:{collector.port}/v1/traces", relay={"domains": ["far.test"]}, **relay_to(sink.port))
        message = queue_id(node.send(letters.plain(), recipients=("b@far.test",)))
        until("the first attempt", lambda: any(s["name"] == "deliver" for s in collector.of(message)))
        node.kill()  # -9: what is known of the trace is the message's id
        node.start()
        until("a delivery", lambda: any(s["name"] == "deliver" and s["status"]["code"] == 1 for s in collector.of(message)))
        attempts = [s for s in collector.of(message) if s["name"] == "deliver"]
        self.assertEqual(len({s["traceId"] for s in collector.of(message)}), 1)
        self.assertIn("450 4.2.0 not now", attempts[0]["status"]["message"])
        self.assertEqual(attempts[0]["status"]["code"], 2)
        self.assertEqual(facts(attempts[0])["troupe.attempt"], "1")
        self.assertEqual(facts(attempts[-1])["troupe.attempt"], "3")  # the second's may be lost with the process

    def test_a_collector_that_is_ill_is_asked_again_and_one_that_refuses_is_not(self):
        collector = self.collector()
        collector.answers = [503, 400]
        node = self.traced(f"http://127.0.0.1:{collector.port}/v1/traces")
        node.send(letters.plain())
        until("the first of them to be given up", lambda: node.metric("trace_spans_total") > 0)
        self.assertIn("503", collector.calls[0])
        self.assertIn("400", collector.calls[1])
        message = queue_id(node.send(letters.plain()))
        self.spans(collector, message, ["receive", "commit", "wait", "deliver"])
        self.assertEqual(node.metrics()['troupe_trace_spans_total{outcome="exported"}'], 4)

    def test_mail_goes_on_without_a_collector(self):
        node = self.traced(f"http://127.0.0.1:{free_port()}/v1/traces")
        message = queue_id(node.send(letters.plain()))
        until("the delivery", lambda: node.metric("messages_delivered_total") == 1)
        node.wait_event("spans_not_sent")
        self.assertEqual(node.events("message_delivered")[0]["msg"], message)

    def test_https_by_name_needs_a_certificate_of_a_known_root(self):
        authority = Authority(self.folder / "ca")
        collector = self.collector(certificate=authority.issue("localhost"))
        at = f"https://localhost:{collector.port}/v1/traces"
        node = self.traced(at)
        node.send(letters.plain())
        node.wait_event("spans_not_sent")
        self.assertEqual(collector.spans, [])
        node.set({"tracing": {"ca": authority.root.path}})
        node.reload()
        until("spans", lambda: collector.spans)

    def test_sample_zero_traces_nothing_and_a_reload_changes_it(self):
        collector = self.collector()
        node = self.traced(f"http://127.0.0.1:{collector.port}/v1/traces", tracing={"sample": 0.0})
        node.send(letters.plain())
        until("the delivery", lambda: node.metric("messages_delivered_total") == 1)
        node.set({"tracing": {"sample": 1.0}})
        node.reload()
        node.wait_event("reload")
        message = queue_id(node.send(letters.plain()))
        self.spans(collector, message, ["receive", "commit", "wait", "deliver"])
        self.assertEqual({facts(s)["messaging.message.id"] for s in collector.spans}, {message})

    def test_a_url_that_is_none_is_said(self):
        node = self.node({"tracing": {"otlp": "collector:4318"}})
        ended = subprocess.run([program("trouped"), "--config", str(node.config), "--check"], capture_output=True, text=True, timeout=20)
        self.assertEqual(ended.returncode, 78)
        self.assertIn('tracing.otlp: "collector:4318" is no URL: it must begin with http:// or https://', ended.stderr)


def queue_id(answer: str) -> str:
    return answer.rsplit(" ", 1)[1]


if __name__ == "__main__":
    unittest.main()
