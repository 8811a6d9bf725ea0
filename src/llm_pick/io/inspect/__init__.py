"""``inspect``: from a path or a repository to a model the estimators can work with. Only headers and small texts are read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from llm_pick.io.inspect.local import inspect_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from llm_pick.core.catalog import Catalog
    from llm_pick.core.inspected import Inspected


def inspect(name: str, catalog: Catalog, progress: Callable[[str], None]) -> Inspected:
    """Read ``name``: a .gguf file, a folder of safetensors or GGUF files, or ``ORG/NAME[@REVISION]`` on the hub.

    ``progress`` is told what is being waited for. Raises ``QuestionError`` (there is no such thing, or it is no
    language model) or ``NetworkError`` (nobody answers).
    """
    path = Path(name).expanduser()
    if name.endswith((".gguf", ".safetensors")) or name.startswith((".", "/", "~")) or path.exists():
        return inspect_path(path, catalog, progress)
    from llm_pick.io.inspect.remote import inspect_repository  # noqa: PLC0415 - brings the network's libraries

    return inspect_repository(name, catalog, progress)
