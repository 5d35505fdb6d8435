"""Stands between our client and the tenant, passes everything on, and keeps what was asked."""

import collections
import http.client
import http.server
import json
import threading
import urllib.parse

Asked = collections.namedtuple("Asked", "method path query body")


class Recorder:
    """A proxy on a loopback port. `asked` has every request, the parts of Graph batches in their place."""

    def __init__(self, target):
        self.asked = []
        self.lock = threading.Lock()
        recorder, address = self, urllib.parse.urlsplit(target)

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def pass_on(self):
                length = int(self.headers.get("content-length") or 0)
                body = self.rfile.read(length)
                recorder.keep(self.command, self.path, body)
                connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
                try:
                    headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
                    connection.request(self.command, self.path, body, headers)
                    answer = connection.getresponse()
                    content = answer.read()
                finally:
                    connection.close()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("content-length", "transfer-encoding", "connection", "date", "server"):
                        self.send_header(name, value)
                if answer.status != 204:
                    self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = pass_on

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def keep(self, method, path, content):
        try:
            body = json.loads(content) if content else None
        except ValueError:
            body = None
        place = urllib.parse.urlsplit(path)
        with self.lock:
            if place.path.endswith("/v1.0/$batch"):
                for part in body["requests"]:
                    inner = urllib.parse.urlsplit(part["url"])
                    self.asked.append(Asked(part["method"], "/v1.0" + inner.path, inner.query, part.get("body")))
            self.asked.append(Asked(method, place.path, place.query, body))

    def graph(self):
        """Requests to Microsoft Graph, each once, without what only carries others."""
        return [one for one in self.asked if one.path.startswith("/v1.0/") and not one.path.endswith("$batch")]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
