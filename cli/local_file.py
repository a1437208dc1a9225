"""The file that `make run` leaves for as long as it runs, so that `relay --local` finds it.

It holds no secret, and still only its owner can read it. `RELAY_LOCAL_FILE` puts it elsewhere.
"""

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

FILE = Path(__file__).parents[1] / ".relay" / "local.json"


class NotRunningError(Exception):
    """No relay runs on this machine; the text says what there is instead."""


@dataclass(frozen=True, slots=True)
class Running:
    """A relay on this machine: its stack, and where its AWS is."""

    name: str
    endpoint_url: str
    outputs: Mapping[str, str]


@contextlib.contextmanager
def published(running: Running) -> Iterator[None]:
    """Let others find this relay until it ends."""
    file, text = _file(), json.dumps(asdict(running), indent=2)
    is_new_folder = not file.parent.exists()
    file.parent.mkdir(mode=0o700, exist_ok=True)
    # Made for its owner alone, and in its place in one step.
    with tempfile.NamedTemporaryFile("w", dir=file.parent, encoding="utf-8", delete=False) as draft:
        draft.write(text)
    Path(draft.name).replace(file)
    try:
        yield
    finally:
        # A relay that was started later has put its own there.
        if file.exists() and file.read_text(encoding="utf-8") == text:
            file.unlink()
        if is_new_folder:
            with contextlib.suppress(OSError):
                file.parent.rmdir()


def read() -> Running:
    """Find the relay that runs on this machine.

    Raises:
        NotRunningError: there is none, or none any more.
    """
    file = _file()
    try:
        running = Running(**json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise NotRunningError("No relay runs on this machine. Start one with `make run`.") from None
    except (OSError, ValueError, TypeError) as error:
        raise NotRunningError(f"{file} cannot be read: {error}. Start `make run` again.") from None
    if urlsplit(running.endpoint_url).hostname != "127.0.0.1":
        raise NotRunningError(f"{file} names {running.endpoint_url}, which is not on this machine.")
    if not _answers(running.endpoint_url):
        raise NotRunningError(
            f"The relay that {file} tells of has ended without removing it. Start `make run` again."
        )
    return running


def _answers(endpoint_url: str) -> bool:
    try:
        return httpx.get(f"{endpoint_url}/_ministack/health", timeout=5, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _file() -> Path:
    return Path(os.environ.get("RELAY_LOCAL_FILE") or FILE)
