"""What the console's page asks for, and what it may have done. Every answer is JSON."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Any, TypeAlias

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import BaseModel, ConfigDict, ValidationError

from cli import pause as event_source
from cli.console.overview import Overview
from cli.console.replays import BusyError, Replays
from cli.console.tester import Tester, TooManyEventsError
from cli.console.watch import PATTERN, Watch
from cli.event_files import EventsError
from cli.parameters import output
from cli.portal_schema import SchemaError
from cli.queues import rejects_queue
from cli.reasons import words_for
from cli.rejected import Wanted
from cli.rejects import as_json, look
from cli.stack import RunningStack, StackError, explained
from cli.tail import POLL_S, Tail
from relay.settings import InvalidSettingsError

# What is read of the rejects is hidden from others meanwhile: two or three seconds for so many messages.
MAX_REJECTS = 200
LOCAL_POLL_S = 0.5

Answer: TypeAlias = tuple[HTTPStatus, Mapping[str, Any]]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Events(_Body):
    """Events in a text, for a destination."""

    text: str
    destination: str = "default"
    is_real: bool = True


class Rejects(_Body):
    """Which rejects to send again: those of a reason, and of a category if it is given."""

    reason: str
    category: str | None = None


class Switch(_Body):
    """Nothing needs to be said."""


class Api:
    """Answers the page's requests about one stack. To be closed at the end."""

    def __init__(self, stack: RunningStack, since_ms: int, *, is_local: bool) -> None:
        self._stack = stack
        tail = Tail(stack.client("logs"), output(stack, "SenderLogGroupName"), since_ms, pattern=PATTERN)
        self._watch = Watch(tail, LOCAL_POLL_S if is_local else POLL_S)
        # Made here, since boto3 does not make clients in several threads at once.
        for service in ("sqs", "ssm", "lambda", "dynamodb", "cloudwatch"):
            stack.client(service)
        self._overview = Overview(stack, self._watch, is_local=is_local)
        self._tester = Tester(stack, is_local=is_local)
        self._replays = Replays(stack)
        self._poll_s = 1.0 if is_local else POLL_S
        self._reads: Mapping[str, Callable[[Mapping[str, str]], Mapping[str, Any]]] = {
            "flow": self._flow,
            "overview": lambda _: self._overview.as_json(),
            "rejects": lambda _: self._rejects(),
            "replay": lambda _: self._replays.as_json(),
        }
        self._deeds: Mapping[str, Callable[[bytes], Mapping[str, Any]]] = {
            "explain": lambda raw: self._explain(Events.model_validate_json(raw)),
            "send": lambda raw: self._send(Events.model_validate_json(raw)),
            "replay": lambda raw: self._replay(Rejects.model_validate_json(raw)),
            "stop": lambda raw: self._stop(Switch.model_validate_json(raw)),
            "pause": lambda raw: self._switch(Switch.model_validate_json(raw), enabled=False),
            "resume": lambda raw: self._switch(Switch.model_validate_json(raw), enabled=True),
        }

    def close(self) -> None:
        """End what is under way, in order."""
        self._replays.close()

    def read(self, name: str, query: Mapping[str, str]) -> Answer:
        """Answer what only looks."""
        act = self._reads.get(name)
        return _answered(lambda: act(query)) if act else _NOT_FOUND

    def act(self, name: str, raw: bytes) -> Answer:
        """Answer what does something; `raw` is the request's body."""
        act = self._deeds.get(name)
        return _answered(lambda: act(raw)) if act else _NOT_FOUND

    def _flow(self, query: Mapping[str, str]) -> Mapping[str, Any]:
        after = query.get("after", "0")
        again_ms = int(self._poll_s * 1000)
        return {**self._watch.lines(int(after) if after.isdecimal() else 0), "again_ms": again_ms}

    def _rejects(self) -> Mapping[str, Any]:
        seen = look(rejects_queue(self._stack), Wanted(), MAX_REJECTS, with_events=False)
        told = as_json(seen, with_events=False)
        groups: Any = told["groups"]
        words = [asdict(words_for("rejected", group["reason"])) for group in groups]
        return {**told, "groups": [group | each for group, each in zip(groups, words, strict=True)]}

    def _replay(self, body: Rejects) -> Mapping[str, Any]:
        self._replays.start(Wanted(reason=body.reason, category=body.category))
        return self._replays.as_json()

    def _stop(self, _: Switch) -> Mapping[str, Any]:
        self._replays.stop()
        return self._replays.as_json()

    def _switch(self, _: Switch, *, enabled: bool) -> Mapping[str, Any]:
        is_changed = event_source.switch(self._stack, enabled=enabled)
        self._overview.forget_source()
        return {"is_delivering": enabled, "is_changed": is_changed}

    def _explain(self, body: Events) -> Mapping[str, Any]:
        return self._tester.explain(body.text, body.destination, is_real=body.is_real)

    def _send(self, body: Events) -> Mapping[str, Any]:
        return self._tester.send(body.text, body.destination)


def problem(status: HTTPStatus, code: str, message: str) -> Answer:
    """Return an answer that says what is wrong."""
    return status, {"code": code, "message": message}


_NOT_FOUND = problem(HTTPStatus.NOT_FOUND, "not_found", "There is nothing of that name.")


def _answered(act: Callable[[], Mapping[str, Any]]) -> Answer:
    """Turn what may well go wrong into an answer in words."""
    try:
        return HTTPStatus.OK, act()
    except ValidationError as error:
        return problem(HTTPStatus.BAD_REQUEST, "bad_request", _words(error))
    except BusyError:
        return problem(HTTPStatus.CONFLICT, "busy", "Another replay is under way.")
    except (EventsError, TooManyEventsError) as error:
        return problem(HTTPStatus.BAD_REQUEST, "no_events", str(error))
    except (StackError, SchemaError, InvalidSettingsError, event_source.NotYetError) as error:
        return problem(HTTPStatus.BAD_GATEWAY, "stack", str(error))
    except (BotoCoreError, ClientError) as error:
        return problem(HTTPStatus.BAD_GATEWAY, "aws", explained(error))


def _words(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, each['loc'])) or 'body'}: {each['msg']}" for each in error.errors())
