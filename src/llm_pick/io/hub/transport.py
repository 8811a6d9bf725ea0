"""Requests that cannot run away: bounded in size, time and redirects, on HTTPS or loopback only.

The client is the one huggingface_hub uses, so its certificates, proxies and user agent apply.
"""

from __future__ import annotations

import ipaddress
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from llm_pick.core.errors import NetworkError
from llm_pick.core.record import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECT_S = 10.0
DEADLINE_S = 60.0
"""For one answer as a whole, however slowly it drips."""
MOST_REDIRECTS = 5
MOST_RETRY_AFTER_S = 10.0
"""A busy server that asks for a longer pause gets the user's decision instead."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A finished response."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def fetch(url: str, *, headers: Mapping[str, str], most_bytes: int, first: int | None = None, last: int | None = None) -> Answer:
    """The answer to a GET, or to the bytes ``first``..``last`` of it.

    Raises ``NetworkError`` where no answer comes, where it is larger than ``most_bytes``, where a redirect leaves
    HTTPS, or where a server sends something else than the range. Statuses are the caller's business.
    """
    wanted = dict(headers)
    if first is not None and last is not None:
        wanted["Range"] = f"bytes={first}-{last}"
    answer = _follow(url, wanted, most_bytes)
    if answer.status == 429 or answer.status == 503:
        pause = answer.headers.get("retry-after", "")
        if pause.isdigit() and int(pause) <= MOST_RETRY_AFTER_S:
            time.sleep(int(pause))
            answer = _follow(url, wanted, most_bytes)
    if first is not None and last is not None and answer.status == 200 and first > 0:
        raise NetworkError(f"{_host(url)} does not send parts of files", "another endpoint may: set HF_ENDPOINT")
    return answer


def _follow(url: str, headers: dict[str, str], most_bytes: int) -> Answer:
    for _ in range(MOST_REDIRECTS + 1):
        answer = _once(url, headers, most_bytes)
        if answer.status not in (301, 302, 303, 307, 308):
            return answer
        try:
            target = urljoin(url, answer.headers.get("location", ""))
        except ValueError:
            target = ""
        if not is_safe(target):
            where = target.partition("://")[0] + "://" + _host(target) if target else "no address"
            raise NetworkError(f"{_host(url)} redirects to {where}", "only HTTPS is followed")
        if _host(target) != _host(url) or urlsplit(target).scheme != urlsplit(url).scheme:
            headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
        url = target
    raise NetworkError(f"{_host(url)} redirects without end", "try again later, or set HF_ENDPOINT")


def _once(url: str, headers: dict[str, str], most_bytes: int) -> Answer:
    import httpx2
    from huggingface_hub import get_session

    until = time.monotonic() + DEADLINE_S
    try:
        timeout = httpx2.Timeout(CONNECT_S, read=CONNECT_S)
        with get_session().stream("GET", url, headers=headers, timeout=timeout, follow_redirects=False) as response:
            body = bytearray()
            if response.status_code < 300 or response.status_code >= 400:
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > most_bytes:
                        if response.status_code == 200 and "Range" in headers:
                            break  # the whole file instead of its beginning: the beginning is what was wanted
                        raise NetworkError(f"{_host(url)} sends more than {most_bytes:,} bytes", "this is no model repository")
                    if time.monotonic() > until:
                        raise NetworkError(f"{_host(url)} answers too slowly", "try again later, or set HF_ENDPOINT")
            found: Any = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, found, bytes(body[:most_bytes]))
    except httpx2.HTTPError as error:
        reason = type(error).__name__.replace("Error", "").replace("Exception", "")
        raise NetworkError(
            f"no answer from {_host(url)} ({reason or 'failed'})",
            "check the network; HF_ENDPOINT names a mirror, and everything about catalog models works offline",
        ) from error
    except UnicodeEncodeError as error:
        raise NetworkError("your token holds a letter that no request can carry", "check HF_TOKEN") from error
    except (httpx2.InvalidURL, ValueError) as error:
        raise NetworkError(f"`{shown(url)}` is no address that can be asked", "check HF_ENDPOINT") from error


def is_safe(url: str) -> bool:
    """HTTPS anywhere, plain HTTP only on this machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


def is_loopback(host: str) -> bool:
    """Whether a host name is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def shown(url: str) -> str:
    """An address as people may see it: without the name and password that one of a mirror may hold."""
    scheme, marked, rest = url.partition("://")
    end = next((place for place, letter in enumerate(rest) if letter in "/?#"), len(rest))
    return f"{scheme}{marked}{rest[:end].rpartition('@')[2]}{rest[end:]}" if marked else url.rpartition("@")[2]


def _host(url: str) -> str:
    """Host and port, as whoever connects reads them."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or shown(url)) + (f":{parts.port}" if parts.port else "")
    except ValueError:
        return shown(url)
