"""How `relay --local` finds what `make run` has started."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from cli.embedded.ports import free_port
from cli.embedded.servers import LoopbackServer
from cli.local_file import NotRunningError, Running, published, read


class _Healthy(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/_ministack/health" else 404)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "relay" / "local.json"
    monkeypatch.setenv("RELAY_LOCAL_FILE", str(place))
    return place


@pytest.fixture
def running() -> Iterator[Running]:
    with LoopbackServer(_Healthy, 0) as server:
        yield Running("relay-local", server.url, {"EventsQueueUrl": f"{server.url}/events"})


def test_a_relay_is_found_by_its_owner_while_it_runs(file: Path, running: Running) -> None:
    with published(running):
        assert read() == running
        assert file.stat().st_mode & 0o777 == 0o600
        assert [each.name for each in file.parent.iterdir()] == ["local.json"]

    assert not file.parent.exists()
    with pytest.raises(NotRunningError, match="Start one with `make run`"):
        read()


def test_the_file_of_a_relay_that_was_started_later_stays(file: Path, running: Running) -> None:
    later = Running("relay-local", "http://127.0.0.1:1", {})
    with published(later):
        pass
    with published(running):
        file.write_text(json.dumps({"name": "later"}), encoding="utf-8")

    assert json.loads(file.read_text(encoding="utf-8")) == {"name": "later"}


def test_a_relay_that_was_killed_is_noticed(file: Path) -> None:
    gone = Running("relay-local", f"http://127.0.0.1:{free_port()}", {})
    with published(gone):
        assert file.exists()
        with pytest.raises(NotRunningError, match="has ended without removing it"):
            read()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot be read"),
        ("[]", "cannot be read"),
        ('{"name": "x"}', "cannot be read"),
        (
            '{"name": "x", "endpoint_url": "https://sqs.example.com", "outputs": {}}',
            "not on this machine",
        ),
    ],
)
def test_a_file_of_another_hand_is_not_followed(file: Path, text: str, message: str) -> None:
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")

    with pytest.raises(NotRunningError, match=message):
        read()
