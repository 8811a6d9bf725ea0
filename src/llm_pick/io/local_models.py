"""Models that Ollama, LM Studio and the Hugging Face cache keep on this machine; read only, and never another machine's.

Folders are read first. Ollama's own interface is asked only on a loopback address, only where Ollama is installed and
its folder cannot be read (a system service keeps it under another user), and within ``MOST_SECONDS``.
``LLM_PICK_LOCAL=0`` turns all of it off.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llm_pick.core.held import Held
from llm_pick.io.local_folders import SERVICE_HOMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SWITCH = "LLM_PICK_LOCAL"
OFF = ("0", "no", "false", "off")
MOST_SECONDS = 0.2
"""Time to wait for Ollama in all: whoever asks for a recommendation waits for it."""
MOST_BYTES = 4 << 20
MOST_ENTRIES = 5000
"""Entries of folders looked at in all: a folder may be large, or not what it seems."""
PORT = 11434
LOOPBACK = ("127.0.0.1", "localhost", "::1", "0.0.0.0", "::", "")
WEIGHTS = (".safetensors", ".gguf")


def local_models(environment: Mapping[str, str]) -> tuple[Held, ...]:
    """Everything found, in a stable order; empty where it is turned off."""
    home = environment.get("HOME") or environment.get("USERPROFILE")
    if environment.get(SWITCH, "").lower() in OFF or not home:
        return ()
    left = _Count()
    found = [*_ollama(environment, Path(home), left), *_lm_studio(Path(home), left), *_hub_cache(environment, Path(home), left)]
    return tuple(dict.fromkeys(found))


class _Count:
    """How many more entries may be looked at."""

    def __init__(self) -> None:
        self.entries = MOST_ENTRIES

    def list(self, folder: Path) -> list[Path]:
        """Entries of a folder, sorted; none where it is not there or not readable."""
        try:
            found = []
            with os.scandir(folder) as entries:
                for entry in entries:
                    if self.entries <= 0:
                        break
                    self.entries -= 1
                    found.append(Path(entry.path))
            return sorted(found)
        except OSError:
            return []


def _ollama(environment: Mapping[str, str], home: Path, left: _Count) -> Iterator[Held]:
    named = environment.get("OLLAMA_MODELS", "").strip("\"' ")
    models = Path(named) if named else home / ".ollama" / "models"
    manifests = left.list(models / "manifests")
    for registry in manifests:
        for owner in left.list(registry):
            for model in left.list(owner):
                for tag in left.list(model):
                    yield _manifest(models, tag)
    there = environment.get("OLLAMA_HOST") or (home / ".ollama").is_dir() or any(Path(path).is_dir() for path in SERVICE_HOMES)
    if not manifests and there:
        yield from _ask_ollama(environment.get("OLLAMA_HOST", ""))


def _manifest(models: Path, path: Path) -> Held:
    """One pulled tag: ``manifests/REGISTRY/OWNER/MODEL/TAG``, whose config blob tells the quantization."""
    registry, owner, model, tag = path.parts[-4:]
    hub = registry in ("hf.co", "huggingface.co")
    prefix = "" if owner == "library" else f"{owner}/"
    name = f"{registry}/{owner}/{model}:{tag}" if hub else f"{prefix}{model}:{tag}"
    config = _read_json(path).get("config")
    digest = str(config.get("digest", "")) if isinstance(config, dict) else ""
    blob = models / "blobs" / digest.replace(":", "-")
    plain = digest.replace(":", "").isalnum()  # a name from a file must not lead out of the folder
    told = _read_json(blob).get("file_type") if plain else None
    return Held("ollama", name, f"{owner}/{model}" if hub else None, told if isinstance(told, str) else None)


def _read_json(path: Path) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError, RecursionError), path.open("rb") as file:
        said: Any = json.loads(file.read(MOST_BYTES))
        return said if isinstance(said, dict) else {}
    return {}


def _ask_ollama(address: str) -> list[Held]:
    """Tags that the Ollama at a loopback address lists; none where nothing answers in time."""
    where = loopback(address)
    if where is None:
        return []
    from http.client import HTTPConnection, HTTPException  # noqa: PLC0415 - only where Ollama is installed

    deadline = time.monotonic() + MOST_SECONDS
    connection = HTTPConnection(*where, timeout=MOST_SECONDS)
    raw = b""
    try:
        connection.request("GET", "/api/tags", headers={"Accept": "application/json"})
        answer = connection.getresponse()
        while answer.status == 200 and len(raw) < MOST_BYTES and time.monotonic() < deadline:
            part = answer.read1(1 << 16)
            if not part:
                break
            raw += part
        said: Any = json.loads(raw)
    except (OSError, HTTPException, ValueError, RecursionError):
        return []
    finally:
        connection.close()
    listed = said.get("models") if isinstance(said, dict) else None
    return [held for row in (listed if isinstance(listed, list) else ())[:MOST_ENTRIES] if (held := _listed(row))]


def _listed(row: Any) -> Held | None:  # noqa: ANN401 - a JSON value
    name = row.get("name") if isinstance(row, dict) else None
    if not isinstance(name, str) or not name.isprintable():
        return None
    details = row.get("details")
    told = details.get("quantization_level") if isinstance(details, dict) else None
    hub, _, rest = name.partition("/")
    repo = rest.rsplit(":", 1)[0] if hub in ("hf.co", "huggingface.co") else None
    return Held("ollama", name, repo, told if isinstance(told, str) and told.isprintable() else None)


def loopback(address: str) -> tuple[str, int] | None:
    """Host and port of an ``OLLAMA_HOST`` on this machine; ``None`` where it names another, or asks for TLS."""
    text = address.strip("\"' ").rstrip("/")
    scheme, marked, rest = text.partition("://")
    if marked and scheme.lower() != "http":
        return None
    host, port = (rest if marked else text), ""
    if host.startswith("["):
        host, _, port = host[1:].partition("]")
        port = port.removeprefix(":")
    elif host.count(":") == 1:
        host, _, port = host.partition(":")
    number = int(port) if port.isdigit() and len(port) <= 5 else (80 if marked else PORT)
    if host.lower() not in LOOPBACK or not 0 < number < 65536:
        return None
    return ("::1" if host in ("::1", "::") else "127.0.0.1"), number


def _lm_studio(home: Path, left: _Count) -> Iterator[Held]:
    chosen = _read_json(home / ".lmstudio" / "settings.json").get("downloadsFolder")
    folders = [home / ".lmstudio" / "models", home / ".cache" / "lm-studio" / "models"]
    folders += [Path(chosen)] if isinstance(chosen, str) and chosen else []
    for folder in dict.fromkeys(folders):
        for owner in left.list(folder):
            for model in left.list(owner):
                repo = f"{owner.name}/{model.name}"
                files = [path.name for path in left.list(model) if path.name.endswith(WEIGHTS)]
                for file in files:
                    if file.endswith(".gguf") and not file.startswith("mmproj"):
                        yield Held("lm-studio", f"{repo}/{file}", repo)
                if any(file.endswith(".safetensors") for file in files):
                    yield Held("lm-studio", repo, repo)


def _hub_cache(environment: Mapping[str, str], home: Path, left: _Count) -> Iterator[Held]:
    base = environment.get("HF_HOME") or f"{environment.get('XDG_CACHE_HOME') or home / '.cache'}/huggingface"
    for folder in left.list(Path(environment.get("HF_HUB_CACHE") or f"{base}/hub")):
        kind, _, rest = folder.name.partition("--")
        owner, parted, model = rest.partition("--")
        if kind != "models" or not parted:
            continue
        repo = f"{owner}/{model}"
        for revision in left.list(folder / "snapshots"):
            files = [path.name for path in left.list(revision) if path.name.endswith(WEIGHTS) and path.exists()]
            for file in files:
                if file.endswith(".gguf") and not file.startswith("mmproj"):
                    yield Held("hugging-face", f"{repo}/{file}", repo)
            if any(file.endswith(".safetensors") for file in files):
                yield Held("hugging-face", repo, repo)
