"""Asks SAM's own command line what it makes of calls of `sam`."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sam_cli import ENVIRONMENT, sam


def sam_answers(calls: Sequence[Sequence[str]], folder: Path) -> Sequence[Mapping[str, Any]]:
    """Return the `error` and the template's `parameters` of each call, given in a folder."""
    # SAM's program is a script, whose first line names the Python that has SAM.
    python = Path(sam()).read_text(encoding="utf-8").splitlines()[0].removeprefix("#!")
    done = subprocess.run(  # noqa: S603 - SAM's own Python
        [python, "-W", "ignore", str(Path(__file__).with_name("sam_parse.py"))],
        input=json.dumps([list(call) for call in calls]),
        cwd=folder,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=True,
    )
    answers: list[Mapping[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return answers
