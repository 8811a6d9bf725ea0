"""``license NAME``: what a licence lets, makes and forbids; with a profile, the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.cli.exit_codes import Exit
from llm_pick.cli.output import DOCUMENTS, chosen_format, emit, envelope
from llm_pick.core.errors import QuestionError
from llm_pick.core.licensing.answer import license_answer
from llm_pick.core.licensing.notices import notice_files
from llm_pick.core.licensing.target import Target, find_target
from llm_pick.core.record import replace
from llm_pick.io.store import load_catalog
from llm_pick.render import licence_json

if TYPE_CHECKING:
    from llm_pick.cli.format import Format
    from llm_pick.core.catalog import Catalog
    from llm_pick.core.licensing.verdict import LicenseVerdict
    from llm_pick.render.view import View


def run(
    name: str,
    profile_given: dict[str, Any],
    *,
    diff: str | None,
    write_notice: str | None,
    contrast: bool,
    as_of: str | None,
    format: Format | None,
    as_json: bool,
    output: str | None,
) -> int:
    """Answer and print; exit 1 where a profile was given and the use is not granted."""
    catalog = load_catalog()
    answer = license_answer(name, profile_given, as_of, catalog)
    target, verdicts = answer.target, answer.verdicts
    chosen = chosen_format(format, as_json=as_json, output=output)
    if diff is not None:
        return _diff(target, find_target(diff, catalog), chosen, output, catalog)
    if contrast:
        return _contrast(target, chosen, output, catalog)
    if write_notice is not None:
        return _write_notice(target, verdicts, write_notice)

    def view() -> View:
        from llm_pick.render import licence_sheet  # noqa: PLC0415 - JSON needs none of it

        if target.kind == "family":
            shown = licence_sheet.family_view(target, verdicts)
        else:
            shown = licence_sheet.view(target, verdicts[0] if verdicts else None, answer.day)
        old = licence_json.old_licences(target, answer.day, catalog)
        shown = replace(shown, remarks=(*(("warning", text) for text in old), *shown.remarks))
        if chosen in DOCUMENTS:
            from llm_pick.render.memo_licence import licence_memo  # noqa: PLC0415 - documents only

            return licence_memo(shown, answer, catalog)
        return shown

    def data() -> dict[str, Any]:
        return envelope("license", catalog, licence_json.answer(target, answer.profile, verdicts, catalog, answer.day))

    emit(chosen, view, data, output=output, catalog=catalog)
    return Exit.YES if answer.yes else Exit.NO


def _diff(left: Target, right: Target, chosen: Format, output: str | None, catalog: Catalog) -> int:
    for target in (left, right):
        _one_licence(target)

    def view() -> View:
        from llm_pick.render.licence_sheet import diff_view  # noqa: PLC0415 - JSON needs none of it

        return diff_view(*licence_json.in_order(left, right))

    emit(
        chosen,
        view,
        lambda: envelope("license", catalog, licence_json.difference(left, right, catalog)),
        output=output,
        catalog=catalog,
    )
    return Exit.YES


def _one_licence(target: Target) -> None:
    if len(target.groups) > 1:
        ids = ", ".join(dict.fromkeys(subject.licences[0].id for subject, _ in target.groups))
        raise QuestionError(f"`{target.name}` is split over several licences", f"name one of: {ids}")


def _contrast(target: Target, chosen: Format, output: str | None, catalog: Catalog) -> int:
    _one_licence(target)

    def view() -> View:
        from llm_pick.render.licence_sheet import contrast_view  # noqa: PLC0415 - JSON needs none of it

        return contrast_view(target, catalog)

    emit(
        chosen,
        view,
        lambda: envelope("license", catalog, licence_json.contrasted(target, catalog)),
        output=output,
        catalog=catalog,
    )
    return Exit.YES


def _write_notice(target: Target, verdicts: tuple[LicenseVerdict, ...], folder: str) -> int:
    """Write what is owed; nothing is written for a use that is not granted."""
    if len(target.groups) > 1:
        ids = ", ".join(model.id for _, models in target.groups for model in models[:1])
        raise QuestionError(f"`{target.name}` is split over several licences", f"name one model, such as {ids}")
    if verdicts and not verdicts[0].yes:
        raise QuestionError(
            f"the verdict is {verdicts[0].verdict}: no notice makes this use allowed",
            "run the same question without --write-notice to see why",
        )
    if any(licence.license_class == "unread" for licence in target.subject.licences):
        raise QuestionError(f"a licence of `{target.name}` was not read", "its duties are unknown: read the text")
    files = notice_files(target.subject, verdicts[0].obligations if verdicts else None)
    from pathlib import Path  # noqa: PLC0415 - only where files are written

    path = Path(folder)
    try:
        path.mkdir(parents=True, exist_ok=True)
        for file, text in files.items():
            place = path / file
            if place.exists() and place.read_text(encoding="utf-8") != text:
                raise QuestionError(f"{place} exists with other contents", "name another folder, or move the file away")
        for file, text in files.items():
            (path / file).write_text(text, encoding="utf-8")
            print(path / file)  # noqa: T201 - the files written are the answer
    except OSError as error:
        raise QuestionError(f"cannot write to {folder}: {error.strerror or error}", "name another folder") from error
    return Exit.YES
