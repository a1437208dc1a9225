"""What keeps a library's words and an exception's out of the log."""

import json
import logging
import subprocess
import sys
import traceback
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from relay.log_guard import LIBRARIES, MAX_FRAMES, UnhandledError, guarded

FUNCTIONS = Path(__file__).parents[2] / "functions"
SECRET = "kim@example.org"
# As Lambda's runtime client does it before it imports the handler.
AS_LAMBDA_DOES = """
import logging, sys, threading, warnings
handler = logging.StreamHandler(sys.stdout)
handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s %(aws_request_id)s"))
def add(record):
    record.aws_request_id = "request-1"
    return True
handler.addFilter(add)
logging.getLogger().addHandler(handler)
logging.getLogger().setLevel(LEVEL)
import ingest
"""


def run(program: str, *, level: str = "DEBUG", in_lambda: bool = True) -> str:
    environment = {"PYTHONPATH": str(FUNCTIONS), **({"AWS_LAMBDA_RUNTIME_API": "x"} if in_lambda else {})}
    done = subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-c", AS_LAMBDA_DOES.replace("LEVEL", repr(level)) + program],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("package", ["ingest", "sender"])
@pytest.mark.parametrize("in_lambda", [True, False])
@pytest.mark.parametrize("level", ["DEBUG", "INFO", "WARNING", "ERROR"])
def test_every_library_writes_warnings_only_whatever_the_level_is(
    package: str, level: str, *, in_lambda: bool
) -> None:
    program = f"""
import {package}, json
names = [*{LIBRARIES!r}, "httpcore.http11", "botocore.parsers", "one.that.nobody.knows"]
print(json.dumps([logging.getLogger(name).getEffectiveLevel() for name in names]))
"""
    levels = json.loads(run(program, level=level, in_lambda=in_lambda))

    assert set(levels) == {logging.WARNING}


def test_the_well_known_ones_stay_so_where_the_roots_level_is_set_again() -> None:
    program = f"""
logging.getLogger().setLevel("DEBUG")
for name in {LIBRARIES!r}:
    logging.getLogger(name + ".deeper").info("{SECRET}")
"""
    assert run(program) == ""


def test_of_a_librarys_warning_its_place_is_told_and_nothing_that_it_says() -> None:
    program = f"""
try:
    raise ValueError("{SECRET}")
except ValueError:
    more = {{"url": "{SECRET}"}}
    logging.getLogger("urllib3.pool").warning("retry %s", "{SECRET}", exc_info=True, extra=more)
"""
    assert run(program) == (
        "WARNING urllib3.pool a library's words, left out: <string>:17 <module>, ValueError request-1\n"
    )


@pytest.mark.parametrize(
    ("deed", "told"),
    [
        (f"warnings.warn('{SECRET}')", "UserWarning at <string>:12"),
        (
            f"""
def fail(): raise ValueError('{SECRET}')
threading.Thread(target=fail).start()""",
            "unheard: ValueError at",
        ),
        (
            f"class Bad:\n    def __del__(self): raise ValueError('{SECRET}')\nBad()",
            "unheard: ValueError at",
        ),
        ("sys.unraisablehook(type('X', (), {'exc_value': None, 'exc_type': KeyError}))", "unheard: KeyError"),
    ],
)
def test_what_python_would_print_by_itself_is_told_without_its_words(deed: str, told: str) -> None:
    written = run(deed)

    assert told in written
    assert "request-1" in written
    assert SECRET not in written


def test_a_line_that_cannot_be_written_is_not_printed_in_another_way() -> None:
    assert SECRET not in run(f"logging.getLogger('x').warning('%d', '{SECRET}', 'more')")


def test_outside_of_lambda_python_goes_on_as_it_does() -> None:
    written = run(f"warnings.warn('{SECRET}')", in_lambda=False)

    assert SECRET in written


def failing(error: BaseException, *causes: BaseException) -> Any:
    def handler(_: Mapping[str, Any], __: Any) -> Mapping[str, object]:
        if causes:
            raise error from causes[0]
        raise error

    return guarded(handler)


def raised_by(handler: Any) -> tuple[str, str]:
    """Return the text of what a handler raises, and all that Python would print of it."""
    with pytest.raises(UnhandledError) as raised:
        handler({}, None)
    return str(raised.value), "".join(traceback.format_exception(raised.value))


def test_a_handler_raises_no_words_that_quote_something_and_tells_where_they_came_from() -> None:
    text, printed = raised_by(failing(ValueError(SECRET)))

    line = failing.__code__.co_firstlineno + 4
    assert text == f"ValueError at unit/test_log_guard.py:{line}"
    assert "in handler" in printed
    assert SECRET not in printed


def test_the_exceptions_behind_an_exception_are_told_as_well_five_at_most() -> None:
    text, printed = raised_by(failing(KeyError(SECRET), ValueError(SECRET)))
    errors: list[Exception] = [ValueError(str(n)) for n in range(9)]
    for error, cause in pairwise(errors):
        error.__cause__ = cause

    assert text.partition(" < ")[2] == "ValueError at an unknown place"
    assert SECRET not in printed
    assert raised_by(failing(errors[0]))[0].count("ValueError") == 5


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("ThrottlingException", "ClientError GetItem ThrottlingException at "),
        ("AWS.SimpleQueueService.NonExistentQueue", "GetItem AWS.SimpleQueueService.NonExistentQueue at "),
        (SECRET, "ClientError GetItem at "),
        (None, "ClientError GetItem at "),
    ],
)
def test_of_an_answer_of_aws_its_code_and_the_operation_are_told(code: Any, told: str) -> None:
    answer: Any = {"Error": {"Code": code, "Message": SECRET}}

    text, printed = raised_by(failing(ClientError(answer, "GetItem")))

    assert told in text
    assert SECRET not in printed


def test_of_a_deep_stack_the_innermost_frames_are_told() -> None:
    def handler(_: Mapping[str, Any], __: Any) -> Mapping[str, object]:
        return handler(_, __)

    with pytest.raises(UnhandledError) as raised:
        guarded(handler)({}, None)

    # And the two around it: that of the guard, and this one.
    assert len(traceback.extract_tb(raised.value.__traceback__)) == MAX_FRAMES + 2


def test_what_a_handler_answers_is_handed_on() -> None:
    assert guarded(lambda event, _: {"got": event["x"]})({"x": 1}, None) == {"got": 1}


def test_both_handlers_are_guarded() -> None:
    program = """
import ingest.app, sender.app
for app in (ingest.app, sender.app):
    try:
        app.handler({"headers": "SECRET", "requestContext": "SECRET"}, None)
    except Exception as error:
        print(type(error).__name__, error.__suppress_context__)
""".replace("SECRET", SECRET)
    environment = {
        "PYTHONPATH": str(FUNCTIONS),
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    done = subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines() == ["UnhandledError True"] * 2
