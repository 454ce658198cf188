"""A page of somebody else, which tries what a hostile page would."""

import http.server
import threading

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


class StrangePage:
    def __init__(self, there: str):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                content = (FORM if self.path == "/form" else PAGE).format(there=there).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port

    def start(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
