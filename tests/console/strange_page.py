"""A page of somebody else, which tries what a hostile page would."""

from page_server import PageHandler, PageServer

PAGE = """<!doctype html><title>A stranger's</title><iframe src="{there}/"></iframe>
<script>
const there = "{there}";
const act = there + "/v1/queue/remove";
const tries = {{}};
const tried = [
  fetch(act, {{method: "POST", mode: "no-cors", body: '{{"all":true}}'}}).then((r) => tries.fetch = r.type, () => tries.fetch = "refused"),
  fetch(act, {{method: "POST", headers: {{"Content-Type": "application/json", "X-Troupe-Request": "1"}}, body: '{{"all":true}}'}})
    .then(() => tries.json = "sent", () => tries.json = "refused"),
  fetch(there + "/v1/queue/messages").then((r) => r.text()).then(() => tries.read = "read", () => tries.read = "refused"),
  new Promise((done) => addEventListener("load", done)).then(() => {{
    // A page that may not be framed leaves an error page of an opaque origin behind.
    try {{ tries.frame = frames[0].document.body.children.length ? "shown" : "empty"; }}
    catch {{ tries.frame = frames[0].length === 0 ? "empty" : "shown"; }}
  }}),
];
Promise.all(tried).then(() => window.tries = tries);
</script>"""

FORM = """<!doctype html><form method="post" enctype="text/plain" action="{there}/v1/queue/remove">
<input name='{{"all":true,"reason":"' value='"}}'></form><script>document.forms[0].submit();</script>"""


class StrangePage(PageServer):
    def __init__(self, there: str):
        class Handler(PageHandler):
            def do_GET(self):
                self.answer(200, (FORM if self.path == "/form" else PAGE).format(there=there).encode(), "text/html")

        super().__init__(Handler)
