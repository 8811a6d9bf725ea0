"""From what ``inspect`` read of a repository or file to a record of own facts, every value with its source."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llm_pick.core.errors import QuestionError
from llm_pick.core.estimate.tensors import parameter_count
from llm_pick.core.record import replace
from llm_pick.io.own.write import to_yaml
from llm_pick.schema.compact import compact
from llm_pick.schema.lint import COUNT_TOLERANCE
from llm_pick.schema.own import compile_own

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llm_pick.core.catalog import Catalog
    from llm_pick.core.inspected import Inspected


def id_of(found: Inspected) -> str:
    """The id a draft gets: the repository's name in lower case."""
    return re.sub(r"[^a-z0-9.]+", "-", found.card.name.lower()).strip("-.")[:100] or "model"


def draft(found: Inspected, id: str, today: str) -> dict[str, Any]:
    """Sections of a file of own facts: the model and the reference its facts have."""
    model, card = found.model, found.card
    source = f"read-{re.sub(r'[^a-z0-9.]+', '-', card.origin.lower()).strip('-.')[-80:]}"
    revision = card.origin.partition("@")[2]
    address = f"https://huggingface.co/{card.repo}/tree/{revision or 'main'}" if card.repo else str(Path(card.origin).resolve())
    sources = {
        "*": f"{source} files at {revision or 'that path'}",
        "architecture": f"{source} config.json or file header",
        "params_total": f"{source} tensors in the file headers",
        "license": f"{source} licence tag: {card.license_name or card.license_tag}",
        "released": f"{source} creation date of the repository",
    }
    unknown = dict(model.unknown)
    if model.license == "unknown":
        del sources["license"]
        tag = card.license_name or card.license_tag
        unknown["license"] = f"its tag `{tag}` is none whose text was read" if tag else "it states no licence"
    if model.released == "unknown":
        del sources["released"]
        unknown["released"] = "no file says"
    if model.tools is None:
        unknown["tools"] = "no file says"
    if found.same_weights_as is None:
        unknown["reasoning"] = "no file says; none is assumed"
    row = compact(
        replace(
            model,
            id=id,
            family=found.same_weights_as.family if found.same_weights_as else id,
            artifacts=tuple(replace(item, source=f"{source} sizes in the listing or headers") for item in model.artifacts),
            count_exception=_count_exception(found),
            notes=found.warnings,
            sources={field: (text,) for field, text in sources.items()},
            unknown=unknown,
        )
    )
    row.setdefault("tools", None)
    reference = {
        "id": source, "title": card.origin, "publisher": card.repo.split("/")[0] if card.repo else "a file of yours",
        "url": address, "read_on": today, "kind": "config",
    }  # fmt: skip
    return {"models": [row], "references": [reference]}


def _count_exception(found: Inspected) -> str | None:
    architecture, total = found.model.architecture, found.model.params_total
    if architecture is None:
        return None
    computed = parameter_count(architecture)
    if abs(computed / total - 1) <= COUNT_TOLERANCE:
        return None
    return f"the tensors hold {total:,} parameters, the dimensions read give {computed:,}"


def text_of(sections: dict[str, Any], origin: str, today: str) -> str:
    """The draft as a file."""
    head = f"Drafted by llm-pick catalog add on {today} from {origin}.\nCheck it, above all what stands under unknown."
    return to_yaml(sections, head)


def check(text: str, beside: Sequence[str], built_in: Catalog) -> None:
    """``QuestionError`` where a draft cannot stand beside the other own files."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "draft.yaml"
        path.write_text(text, encoding="utf-8")
        _, problems = compile_own([*beside, str(path)], built_in)
    if problems:
        shown = "\n".join(str(problem) for problem in problems[:5])
        raise QuestionError(f"the draft cannot be used as it is\n{shown}", "`--id` names it otherwise; `--print` shows it")
