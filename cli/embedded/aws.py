"""MiniStack as a child process: on loopback only, in a temporary folder, gone without a trace afterwards."""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import boto3
import botocore.session
import httpx
from botocore.config import Config

from cli.embedded.ports import free_port

if TYPE_CHECKING:
    from botocore.client import BaseClient

REGION = "us-east-1"
ACCOUNT = "000000000000"
START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 5
_PR_SET_PDEATHSIG = 1
_CONFIG = Config(retries={"mode": "standard", "max_attempts": 3})
# Where botocore looks for each (file entry, environment variables, default, conversion): nowhere. The user's
# own profile must neither be used here nor break us.
_NO_CONFIGURATION = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


class EmbeddedAwsError(Exception):
    """The embedded AWS did not come up; the text holds the end of its log."""


def local_client(service: str, endpoint_url: str, config: Config = _CONFIG) -> Any:  # noqa: ANN401 - boto3's clients are generated
    """Return the boto3 client of an embedded AWS, whatever profile or endpoint the user's shell names."""
    return _session().client(
        service,  # type: ignore[call-overload] # any service, by name
        endpoint_url=endpoint_url,
        config=config,
    )


@cache
def _session() -> boto3.Session:
    return boto3.Session(
        botocore_session=botocore.session.Session(session_vars=_NO_CONFIGURATION),
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="local",  # noqa: S106 - no secret
        region_name=REGION,
    )


class EmbeddedAws:
    """A MiniStack of our own. Use as a context manager."""

    def __init__(self) -> None:
        self.folder = Path()
        self.endpoint_url = f"http://127.0.0.1:{free_port()}"
        self._process: subprocess.Popen[bytes] | None = None
        self._clients: dict[str, BaseClient] = {}

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="relay-"))
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def process_group(self) -> int:
        """The group that MiniStack and all its function processes belong to."""
        if self._process is None:
            raise EmbeddedAwsError("not started")
        return self._process.pid

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3's clients are generated; callers name the type
        """Return the boto3 client of this AWS, whatever profile or endpoint the user's shell names."""
        if service not in self._clients:
            self._clients[service] = local_client(service, self.endpoint_url)
        return self._clients[service]

    def stop(self) -> None:
        """End MiniStack and every function process, and remove the folder."""
        for client in self._clients.values():
            client.close()
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_TIMEOUT_S)
            # Function processes end by themselves when MiniStack does; one that hangs in a call does not.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self) -> None:
        with (self.folder / "ministack.log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ministack"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment(),
                cwd=self.folder,
                # Ctrl-C at the terminal reaches only us; we end the children in order.
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - runs before any thread of ours holds a lock
            )
        give_up_at = time.monotonic() + START_TIMEOUT_S
        while not self._is_healthy():
            if self._process.poll() is not None or time.monotonic() > give_up_at:
                raise EmbeddedAwsError(f"The embedded AWS did not start:\n{self._log_tail()}")
            time.sleep(0.02)

    def _environment(self) -> dict[str, str]:
        # MiniStack hands its whole environment on to the functions, so it gets none of the user's.
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
        return kept | {
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder),
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": self.endpoint_url.rpartition(":")[2],
            "MINISTACK_HOST": "127.0.0.1",
            # It would listen for devices on a fixed port.
            "IOT_MTLS_ENABLED": "0",
            "MINISTACK_REGION": REGION,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "local",
        }

    def _is_healthy(self) -> bool:
        try:
            return httpx.get(f"{self.endpoint_url}/_ministack/health", timeout=1, trust_env=False).is_success
        except httpx.TransportError:
            return False

    def _log_tail(self) -> str:
        lines = (self.folder / "ministack.log").read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-10:])


def _die_with_parent_on_linux() -> None:
    """In the child: ask Linux to end it when the parent is killed, however that happens."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


_die_with_parent: Callable[[], None] | None = _die_with_parent_on_linux if sys.platform == "linux" else None
