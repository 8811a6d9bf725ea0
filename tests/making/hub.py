"""A server on this machine that speaks the hub's API, with repositories that behave and some that do not."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from types import TracebackType


@dataclass
class Repo:
    """One repository and its manners."""

    files: dict[str, bytes]
    card: dict[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    gated: bool = False
    manners: str = "good"
    """good | slow | broken | busy | whole (ignores ranges) | garbage | endless | elsewhere (redirects files to another
    port) | downgrade (redirects to plain HTTP off this machine) | loop | liar (sizes that are not so)"""
    revision: str = "0123456789abcdef0123456789abcdef01234567"
    results: Any = None
    """What the hub reports under ``evalResults``; ``None``: the repository has none."""


class Hub:
    """``with Hub({"org/name": Repo(...)}) as hub``: ``hub.endpoint`` is its address, ``hub.seen`` what was asked."""

    def __init__(self, repos: dict[str, Repo]) -> None:
        self.repos = repos
        self.seen: list[tuple[str, dict[str, str]]] = []
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body in one packet: two cost 40 ms each time

            def do_GET(self) -> None:
                hub.seen.append((self.path, dict(self.headers)))
                try:
                    hub.answer(self)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        self.other: Hub | None = None
        self.prices, self.prices_status = b"[]", 200
        self.models: dict[str, list[dict[str, Any]]] = {}
        """Organization → what a search for its models finds."""
        self.patience: int | None = None
        """Searches answered before the server asks to slow down; ``None``: all."""
        self.pause_s = 0.0
        """How long every answer takes."""

    def __enter__(self) -> Hub:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """One response."""
        time.sleep(self.pause_s)
        parts = [unquote(part) for part in urlsplit(request.path).path.split("/") if part]
        if parts[:1] == ["prices"]:
            return self._send(request, self.prices_status, self.prices)
        if parts[:2] == ["api", "models"] and self._impatient():
            return self._send(request, 429, b"{}")
        if parts == ["api", "models"]:
            return self._models_of(request)
        listing = parts[:2] == ["api", "models"]
        name = "/".join(parts[2:4] if listing else parts[:2])
        repo = self.repos.get(name)
        if repo is None:
            return self._send(request, 401, b"{}", {"X-Error-Message": "Invalid username or password."})
        revision = next(iter(parts[5:6] if listing else parts[3:4]), "main")
        if revision not in ("main", repo.revision):
            return self._send(request, 404, b"{}", {"X-Error-Code": "RevisionNotFound"})
        if repo.manners == "broken":
            return self._send(request, 500, b"oops")
        if repo.manners == "busy":
            return self._send(request, 429, b"", {"Retry-After": "0"})
        if listing and "expand" in parse_qs(urlsplit(request.path).query):
            return self._results(request, name, repo)
        if listing:
            return self._list(request, name, repo)
        if repo.gated and request.headers.get("Authorization") != "Bearer hf_letmein":
            return self._send(request, 401, b"", {"X-Error-Code": "GatedRepo"})
        path = "/".join(parts[4:])
        if path not in repo.files:
            return self._send(request, 404, b"", {"X-Error-Code": "EntryNotFound"})
        return self._file(request, repo, path)

    def _impatient(self) -> bool:
        if self.patience is None:
            return False
        self.patience -= 1
        return self.patience < 0

    def _models_of(self, request: BaseHTTPRequestHandler) -> None:
        owner = parse_qs(urlsplit(request.path).query)["author"][0]
        return self._send(request, 200, json.dumps(self.models.get(owner, [])).encode())

    def _list(self, request: BaseHTTPRequestHandler, name: str, repo: Repo) -> None:
        if repo.manners == "garbage":
            return self._send(request, 200, b"<html>not json</html>")
        if repo.manners == "endless":
            return self._drip(request, b'{"siblings": [' + b'{"rfilename": "x"},' * 1000, 4000)
        off = 1000 if repo.manners == "liar" else 0
        body = {
            "id": name, "sha": repo.revision, "gated": "manual" if repo.gated else False, "cardData": repo.card,
            "tags": list(repo.tags), "createdAt": "2026-11-01T00:00:00.000Z",
            "siblings": [{"rfilename": path, "size": len(data) + off} for path, data in repo.files.items()],
        }  # fmt: skip
        return self._send(request, 200, json.dumps(body).encode())

    def _results(self, request: BaseHTTPRequestHandler, name: str, repo: Repo) -> None:
        """As the hub answers ``?expand=evalResults&…``: only what was asked for, and its name."""
        if repo.manners == "garbage":
            return self._send(request, 200, b"[1, 2]")
        body = {"_id": "6", "id": name, "lastModified": "2026-11-02T10:00:00.000Z", "tags": list(repo.tags),
                "gated": "manual" if repo.gated else False}  # fmt: skip
        if repo.results is not None:
            body["evalResults"] = repo.results
        return self._send(request, 200, json.dumps(body).encode())

    def _file(self, request: BaseHTTPRequestHandler, repo: Repo, path: str) -> None:
        if repo.manners == "elsewhere" and self.other is not None:
            return self._send(request, 302, b"", {"Location": f"{self.other.endpoint}{request.path}"})
        if repo.manners == "downgrade":
            return self._send(request, 302, b"", {"Location": "http://cdn.example.org/file"})
        if repo.manners == "loop":
            return self._send(request, 302, b"", {"Location": request.path})
        data = repo.files[path]
        wanted = request.headers.get("Range")
        if repo.manners == "slow":
            time.sleep(0.5)
        if wanted and repo.manners != "whole":
            first, last = (int(part) for part in wanted.removeprefix("bytes=").split("-"))
            part = data[first : last + 1]
            return self._send(request, 206, part, {"Content-Range": f"bytes {first}-{first + len(part) - 1}/{len(data)}"})
        return self._send(request, 200, data)

    @staticmethod
    def _send(request: BaseHTTPRequestHandler, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        request.send_response(status)
        for name, value in (headers or {}).items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    @staticmethod
    def _drip(request: BaseHTTPRequestHandler, piece: bytes, times: int) -> None:
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        for _ in range(times):
            request.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        request.wfile.write(b"0\r\n\r\n")
