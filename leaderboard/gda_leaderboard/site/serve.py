"""A server for this machine: the site's files, each with the policy of the page as a header too."""

from __future__ import annotations

import html
import re
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from gda_bench.errors import UserError
from gda_leaderboard.site.assets import POLICY


def serve(site: Path, port: int) -> ThreadingHTTPServer:
    """Listens on localhost; the caller runs serve_forever(). port: 0 takes any. Raises UserError where it is taken."""
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), partial(_Handler, directory=str(site)))
    except OSError as error:
        raise UserError(f"port {port} cannot be used ({error.strerror}); give another as --port") from None


class _Handler(SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", self._policy())
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        super().end_headers()

    def list_directory(self, path: Any) -> None:
        self.send_error(404)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def _policy(self) -> str:
        """A report's page has a policy of its own, by the digest of its style."""
        file = Path(self.translate_path(self.path))
        if file.suffix != ".html" or not file.is_file():
            return POLICY
        with file.open(encoding="utf-8") as page:
            found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page.read(2000))
        return html.unescape(found[1]) if found else POLICY
