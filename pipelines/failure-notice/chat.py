"""A chat for trying notices: print what is posted to this port."""

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Chat(BaseHTTPRequestHandler):
    def do_POST(self):
        """Print the message and say that it was heard."""
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        print("heard:", json.dumps(message, ensure_ascii=False), flush=True)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        """Print nothing else."""


HTTPServer(("0.0.0.0", int(sys.argv[1])), Chat).serve_forever()  # noqa: S104 - pods come from outside
