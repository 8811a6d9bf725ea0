"""One repository at one revision: what it lists, the small texts in it, and its large files by ranges.

API: https://huggingface.co/docs/hub/api (``/api/models/ORG/NAME/revision/REV``, ``/ORG/NAME/resolve/REV/FILE``).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from llm_pick.core.errors import NetworkError, QuestionError
from llm_pick.core.record import dataclass, field
from llm_pick.io.hub.access import hub_access
from llm_pick.io.hub.transport import Answer, fetch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llm_pick.io.hub.results import RepoResults

MOST_LISTING_BYTES = 32 << 20
MOST_TEXT_BYTES = 8 << 20
MOST_FILES = 100_000
_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}$")
_REVISION = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$")


@dataclass(frozen=True, slots=True)
class Listing:
    """What the hub says of a repository."""

    repo: str
    revision: str
    """Commit, as full as the hub gives it."""
    files: dict[str, int | None]
    """Path → bytes, ``None`` where the hub does not say."""
    gated: bool
    tags: tuple[str, ...]
    license_tag: str | None
    license_name: str | None
    base_models: tuple[str, ...]
    library: str | None = None
    pipeline: str | None = None
    created: str | None = None
    notes: tuple[str, ...] = field(default_factory=tuple)


def parse_name(text: str) -> tuple[str, str | None]:
    """(repository, revision) of ``org/name[@revision]`` or a hub address; ``QuestionError`` for anything else."""
    bare = re.sub(r"^(https?://)?(www\.)?(huggingface\.co|hf\.co)/", "", text.strip()).rstrip("/")
    bare, _, revision = bare.partition("@")
    if "/tree/" in bare:
        bare, _, revision = bare.partition("/tree/")
    if not is_name(bare) or (revision and (not _REVISION.match(revision) or ".." in revision)):
        raise QuestionError(f"`{text}` is no repository", "ORG/NAME or ORG/NAME@REVISION, a .gguf file, or a folder")
    return bare, revision or None


def is_name(text: str) -> bool:
    """Whether ``text`` can be a repository on the hub."""
    return _NAME.match(text) is not None and ".." not in text


class Repository:
    """Reads one repository; every failure is a ``QuestionError`` or ``NetworkError`` a user can act on."""

    def __init__(self, repo: str, revision: str | None = None) -> None:
        """Nothing is asked yet. The endpoint, token and offline mode are those of huggingface_hub's variables."""
        self.repo, self.revision = repo, revision or "main"
        purpose = f"to look at {repo}; catalog models need no network"
        self._endpoint, self._headers, self._has_token = hub_access(purpose)

    def listing(self) -> Listing:
        """Files with sizes, tags and card metadata."""
        revision = quote(self.revision, safe="")
        answer = self._get(f"{self._endpoint}/api/models/{self.repo}/revision/{revision}?blobs=true", MOST_LISTING_BYTES)
        try:
            return _listing(self.repo, json.loads(answer.body))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise NetworkError(f"the answer about {self.repo} is no repository listing", "check HF_ENDPOINT") from error

    def results(self) -> RepoResults | None:
        """Evaluation results it states; ``None`` where nobody says. No answer is lost over them: they are an extra."""
        from llm_pick.io.hub.results import fetch_results  # noqa: PLC0415 - only where somebody asks for them

        try:
            return fetch_results(self.repo, self._endpoint, self._headers)
        except NetworkError:
            return None

    def text(self, path: str, most_bytes: int = MOST_TEXT_BYTES) -> str:
        """A small text file."""
        answer = self._get(self._address(path), most_bytes)
        return answer.body.decode("utf-8", errors="replace")

    def json(self, path: str) -> dict[str, Any]:
        """A small JSON object; ``QuestionError`` where the file is none."""
        try:
            found = json.loads(self.text(path))
        except (ValueError, RecursionError) as error:
            raise QuestionError(f"{path} of {self.repo} is no JSON", "the repository is damaged: tell its owner") from error
        if not isinstance(found, dict):
            raise QuestionError(f"{path} of {self.repo} is no JSON object", "the repository is damaged: tell its owner")
        return found

    def file(self, path: str, size: int | None) -> RemoteFile:
        """A large file, to be read by ranges."""
        return RemoteFile(self, path, size)

    def _address(self, path: str) -> str:
        return f"{self._endpoint}/{self.repo}/resolve/{quote(self.revision, safe='')}/{quote(path)}"

    def _get(self, url: str, most_bytes: int, first: int | None = None, last: int | None = None) -> Answer:
        answer = fetch(url, headers=self._headers, most_bytes=most_bytes, first=first, last=last)
        if answer.status in (200, 206):
            return answer
        raise self._refusal(answer, url)

    def _refusal(self, answer: Answer, url: str) -> QuestionError:
        code, status = answer.headers.get("x-error-code", ""), answer.status
        page = f"https://huggingface.co/{self.repo}"
        if code == "GatedRepo" or (status == 403 and self._has_token):
            return QuestionError(
                f"{self.repo} is gated: its owner wants to know who downloads it",
                f"ask for access on {page}, then give your token: `hf auth login` or HF_TOKEN",
            )
        if code == "RevisionNotFound":
            return QuestionError(f"{self.repo} has no revision `{self.revision}`", f"{page}/tree/main lists them")
        if code == "EntryNotFound" or (status == 404 and "/resolve/" in url):
            return QuestionError(f"{self.repo} has no such file", f"{page}/tree/{self.revision} lists its files")
        if status in (401, 403, 404):
            known = "" if self._has_token else ", or private: HF_TOKEN gives access"
            return QuestionError(f"there is no repository {self.repo}", f"check the spelling{known}")
        if status == 429:
            return NetworkError("the hub asks to slow down (429)", "wait some minutes; a token raises the limit: HF_TOKEN")
        return NetworkError(f"the hub answers with status {status}", "try again later; https://status.huggingface.co")


class RemoteFile:
    """A file of a repository as a ``Source``: only the parts that are asked for travel."""

    def __init__(self, repository: Repository, path: str, size: int | None) -> None:
        self.name = f"{repository.repo}/{path}"
        self.size = size if size is not None else 1 << 50
        self._repository, self._path = repository, path

    def read_at(self, offset: int, length: int) -> bytes:
        """``length`` bytes from ``offset``, fewer where the file ends."""
        last = min(offset + length, self.size) - 1
        if last < offset:
            return b""
        repository = self._repository
        address = repository._address(self._path)
        return repository._get(address, last - offset + 1, offset, last).body


def _listing(repo: str, raw: dict[str, Any]) -> Listing:
    found = raw.get("cardData")
    card: dict[str, Any] = found if isinstance(found, dict) else {}
    files: dict[str, int | None] = {}
    for entry in raw.get("siblings") or ():
        if len(files) >= MOST_FILES:
            break
        size = entry.get("size")
        files[str(entry["rfilename"])] = size if isinstance(size, int) and size >= 0 else None
    return Listing(
        repo=str(raw.get("id") or repo),
        revision=str(raw.get("sha") or ""),
        files=files,
        gated=bool(raw.get("gated")),
        tags=tuple(str(tag) for tag in raw.get("tags") or ()),
        license_tag=next(iter(_texts(card.get("license"))), None),
        license_name=next(iter(_texts(card.get("license_name"))), None),
        base_models=tuple(_texts(card.get("base_model"))),
        library=raw.get("library_name"),
        pipeline=raw.get("pipeline_tag"),
        created=str(raw.get("createdAt") or "")[:10] or None,
    )


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - whatever the card holds
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (item for item in value if isinstance(item, str))
