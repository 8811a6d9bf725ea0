"""Entry point: runs the command and turns every failure into ``error:`` and ``hint:`` lines with a stable code."""

from __future__ import annotations

import codecs
import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

from llm_pick.cli.bodies import BODIES
from llm_pick.cli.exit_codes import Exit
from llm_pick.cli.shortcut import parse
from llm_pick.core.errors import CatalogError, NetworkError, QuestionError
from llm_pick.io.own import files as own_files
from llm_pick.io.settings_files import anything_set, working_folder

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> None:
    """Run llm-pick and exit the process."""
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN  # by whoever started us: nohup, a shell's background
    try:
        if not ignored:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        code = run(argv)
    except KeyboardInterrupt:  # in the moments around the run's own handler
        code = _interrupted()
    if not ignored:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # the interpreter's way out has no handler either
    _leave(code)


def _leave(code: int) -> NoReturn:
    """End the process without taking the interpreter apart, which frees tens of thousands of records one by one."""
    if sys.gettrace() is None and sys.getprofile() is None:  # whoever measures the run wants to hear of its end
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(AttributeError, OSError, ValueError):
                stream.flush()
        os._exit(code)
    sys.exit(code)


def run(argv: Sequence[str] | None = None) -> int:
    """Run llm-pick; returns the exit code, prints errors to stderr, never raises."""
    if sys.stderr is None:  # closed by the caller: print() would take stdout instead
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - as long as the process
    _tolerate_narrow_encodings()
    own_files.begin(os.environ)
    try:
        asked = sys.argv[1:] if argv is None else list(argv)
        result = _answered(asked)
        sys.stdout.flush()
    except BrokenPipeError:
        _drop_stdout()
        return Exit.YES
    except SystemExit as leaving:
        if "_LLM_PICK_COMPLETE" in os.environ:  # completing: fish reads from the code whether files may be offered
            return leaving.code if isinstance(leaving.code, int) else Exit.YES
        # How rich and typer answer a closed pipe; nothing of ours leaves this way. The reader had enough: no failure.
        _drop_stdout()
        return Exit.YES
    except KeyboardInterrupt:
        return _interrupted()
    except Exception as error:
        return _failed(error)
    return int(result) if isinstance(result, int) else Exit.YES


def _answered(asked: Sequence[str]) -> object:
    """Run the command, the short way where the call is plain and nothing is set."""
    settings = anything_set(os.environ, working_folder())
    if not settings and "_LLM_PICK_COMPLETE" not in os.environ:
        plain = parse(asked)
        if plain is not None:
            return BODIES[plain[0]](plain[1])
    from llm_pick.cli.app import app  # noqa: PLC0415 - importing typer takes longer than most answers
    from llm_pick.cli.only_needed import only_needed  # noqa: PLC0415

    if settings:
        from llm_pick.cli.defaults import default_map  # noqa: PLC0415

        return app(args=asked, prog_name="llm-pick", standalone_mode=False, default_map=default_map(app, asked))
    return only_needed(app, asked)(args=asked, prog_name="llm-pick", standalone_mode=False)


def _failed(error: Exception) -> int:
    """The exit code of a failed run, its reason on stderr."""
    if isinstance(error, NetworkError):
        return _fail(error.message, error.hint, Exit.NO_NETWORK)
    if isinstance(error, QuestionError):
        return _fail(error.message, error.hint, Exit.WRONG_QUESTION)
    if isinstance(error, CatalogError) or type(error) is LookupError:
        return _fail(str(error), "reinstall llm-pick", Exit.NO_CATALOG)
    if isinstance(error, OSError):
        return _fail(f"{error.filename or 'output'}: {error.strerror or error}", None, Exit.WRONG_QUESTION)
    if type(error).__name__ == "Abort":
        return _interrupted()
    if type(error).__name__ == "NoArgsIsHelpError":
        with contextlib.suppress(BrokenPipeError):
            print(error, flush=True)  # noqa: T201 - help that was asked for by saying nothing
            return Exit.YES
        _drop_stdout()
        return Exit.YES
    if hasattr(error, "format_message"):
        # A usage error: typer's own classes for these are private, so they are known by what they can do.
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "llm-pick"
        return _fail(
            error.format_message(), _set_by(error.format_message()) or f"`{command} --help` shows how", Exit.WRONG_QUESTION
        )
    if sys.stdout is None:  # closed by the caller: whatever prints there fails in its own way
        return _fail("stdout is closed", "name a file with --output", Exit.WRONG_QUESTION)
    return _bug(error)


def _set_by(message: str) -> str | None:
    """Where the option that a usage error names was set, if not on the command line."""
    from llm_pick.cli.defaults import taken  # noqa: PLC0415 - only for an error

    return next((text for text in taken() if f"'{text.split(' ', 1)[0]}'" in message), None)


def _bug(error: Exception) -> int:
    if os.environ.get("LLM_PICK_DEBUG"):
        raise error
    hint = "this is a bug in llm-pick: run again with LLM_PICK_DEBUG=1 and report what it prints"
    return _fail(f"{type(error).__name__}: {error}", hint, Exit.BUG)


def _interrupted() -> int:
    with contextlib.suppress(OSError):
        print("interrupted", file=sys.stderr)  # noqa: T201 - the last word of an interrupted run
    return Exit.INTERRUPTED


LONGEST = 2000
"""Characters of a line of an error: what was typed may be longer than anybody reads."""


def _fail(message: str, hint: str | None, code: Exit) -> int:
    from llm_pick.render.text import for_terminal, printable  # noqa: PLC0415 - names must not steer a terminal

    lines = [line[:LONGEST] + "…" * (len(line) > LONGEST) for line in f"error: {message}".split("\n")]
    with contextlib.suppress(OSError):  # a full disk under stderr: the code is all that is left to say
        for line in (*lines, *([f"hint: {hint}"] if hint else ())):
            print(for_terminal(printable(line), sys.stderr), file=sys.stderr)  # noqa: T201 - errors go to stderr by contract
    return code


def _tolerate_narrow_encodings() -> None:
    """A redirected console may not know every character: a plain spelling is better than a crash."""
    codecs.register_error("llm-pick", _spelled_plainly)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):
            stream.reconfigure(errors="llm-pick")  # type: ignore[union-attr]


_PLAIN = {
    **dict.fromkeys("–—−─━", "-"), **dict.fromkeys("“”", '"'), **dict.fromkeys("‘’", "'"), **dict.fromkeys("·•", "*"),
    **dict.fromkeys("\u00a0\u202f", " "), "…": "...", "×": "x", "≤": "<=", "≥": ">=", "≈": "~", "→": "->", "€": "EUR", "⁹": "^9",
    "⁵": "^5", "²": "^2", "³": "^3",
}  # fmt: skip
"""Letters that answers use, spelled in ASCII."""


def _spelled_plainly(error: UnicodeError) -> tuple[str, int]:
    """Codec error handler: a known spelling, else a question mark."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_PLAIN.get(letter, "?") for letter in error.object[error.start : error.end]), error.end


def _drop_stdout() -> None:
    """The reader closed the pipe: point stdout at nothing, so that the interpreter's last flush is quiet."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
