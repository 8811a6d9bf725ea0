"""Fixtures: the real compiled catalog, and the real command in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime

import pytest

from llm_pick.io.store import built_in_catalog, load_catalog


@pytest.fixture(scope="session")
def catalog():
    return load_catalog()


DAY = str(int(datetime.fromisoformat(f"{built_in_catalog().as_of}T12:00Z").timestamp()))
os.environ.setdefault("SOURCE_DATE_EPOCH", DAY)  # for every process a test starts: the catalog is not old yet
NOBODY = {"XDG_CONFIG_HOME": "/nonexistent", "XDG_CACHE_HOME": "/nonexistent"}
"""No settings, facts or copies of whoever runs the tests."""


@dataclass
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


def run_cli(*args: str, **env: str) -> Ran:
    done = subprocess.run(
        [sys.executable, "-m", "llm_pick", *args],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        env={**os.environ, **NOBODY, "PYTHONUTF8": "1", "COLUMNS": "120", "LLM_PICK_LOCAL": "0", **env},
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def cli():
    return run_cli
