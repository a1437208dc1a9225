"""What keeps secrets and personal data out of the log, whatever a library or an exception would say.

Lambda's runtime client gives the root logger the function's level and a handler, before it imports ours. Then
httpx writes each URL at INFO (of a legacy event that is an address and its traits), and botocore at DEBUG all
that goes to AWS and comes back, secrets among it. Whatever a handler raises, Lambda itself writes with its
words, which may quote what they are about. Both packages of handlers call `keep_quiet` before anything else
is imported, so this module imports little.
"""

import logging
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from types import TracebackType
from typing import Any, TypeAlias

# The root's level holds for every library; theirs hold also where somebody sets the root's again.
LIBRARIES = (
    *(
        "asyncio",
        "aws_lambda_powertools",
        "boto3",
        "botocore",
        "concurrent.futures",
        "h11",
        "httpcore",
        "httpx",
    ),
    *("py.warnings", "pydantic", "s3transfer", "urllib3"),
)
# Frames of Python's stack that are told of an exception, the innermost: some 250 bytes each.
MAX_FRAMES = 50
# Exceptions behind an exception that are told.
MAX_CAUSES = 5
# AWS's own words for what went wrong, as `ThrottlingException` or `AWS.SimpleQueueService.NonExistentQueue`.
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9.]{0,99}", re.ASCII)
# What a record has by itself, and what Lambda's runtime client adds.
_OF_A_RECORD = frozenset({*vars(logging.makeLogRecord({})), "aws_request_id", "tenant_id", "_frame_type"})

_LOGGER = logging.getLogger(__name__)

Handler: TypeAlias = Callable[[Mapping[str, Any], Any], Mapping[str, object]]


class UnhandledError(Exception):
    """A handler has failed; the text names the kinds of exceptions and where they came from, no values."""


def keep_quiet(*, in_lambda: bool) -> None:
    """Let libraries write warnings only; in Lambda, where nobody else sees to it, those without their words.

    Changes what the whole process writes.
    """
    for name in (None, *LIBRARIES):
        logging.getLogger(name).setLevel(logging.WARNING)
    if not in_lambda:
        return
    # Our own lines have a handler of their own, and do not come to those of the root.
    for handler in logging.getLogger().handlers:
        handler.addFilter(_without_words)
    # A line that cannot be written would be printed with all that it holds.
    logging.raiseExceptions = False
    warnings.showwarning = _show_warning  # type: ignore[assignment] # the names of what is not read differ
    sys.unraisablehook = lambda failed: _tell(failed.exc_value or failed.exc_type)
    threading.excepthook = lambda failed: _tell(failed.exc_value or failed.exc_type)


def guarded(handler: Handler) -> Handler:
    """Return a handler that raises UnhandledError for whatever `handler` raises, from where that came."""

    @wraps(handler)
    def run(event: Mapping[str, Any], context: Any) -> Mapping[str, object]:  # noqa: ANN401 - Lambda's context has no type
        try:
            return handler(event, context)
        except Exception as error:  # noqa: BLE001 - it is raised again, without what it quotes
            told = UnhandledError(" < ".join(map(_described, _causes(error))))
            raise told.with_traceback(_innermost(error.__traceback__)) from None

    return run


def _without_words(record: logging.LogRecord) -> bool:
    """Let a warning through, without what it says: only its author knows what that may hold."""
    if record.name == __name__:
        return True
    if record.levelno < logging.WARNING:
        return False
    kind = record.exc_info[0] if record.exc_info else None
    raised = f", {kind.__name__}" if kind else ""
    record.msg = f"a library's words, left out: {record.filename}:{record.lineno} {record.funcName}{raised}"
    record.args, record.exc_info, record.exc_text, record.stack_info = (), None, None, None
    for name in vars(record).keys() - _OF_A_RECORD:
        delattr(record, name)
    return True


def _show_warning(_: object, category: type[Warning], filename: str, lineno: int, *__: object) -> None:
    """Write where a warning of Python's comes from; its text may quote a value."""
    _LOGGER.warning("%s at %s:%d", category.__name__, filename, lineno)


def _tell(error: BaseException | type[BaseException]) -> None:
    """Write that something has failed of which nobody else hears."""
    _LOGGER.error("unheard: %s", _described(error) if isinstance(error, BaseException) else error.__name__)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and those that have led to it."""
    for _ in range(MAX_CAUSES):
        if error is None:
            return
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _described(error: BaseException) -> str:
    """Return an exception's kind and place; of an answer of AWS its code and the operation."""
    kind = type(error).__name__
    response, operation = getattr(error, "response", None), getattr(error, "operation_name", None)
    answered = response.get("Error") if isinstance(response, dict) else None
    code = answered.get("Code") if isinstance(answered, dict) else None
    words = [word for word in (operation, code) if isinstance(word, str) and _CODE.fullmatch(word)]
    return " ".join([kind, *words, _place(error.__traceback__)])


def _place(trace: TracebackType | None) -> str:
    frames = list(_frames(trace))
    if not frames:
        return "at an unknown place"
    code = frames[-1].tb_frame.f_code
    return f"at {'/'.join(code.co_filename.split('/')[-2:])}:{frames[-1].tb_lineno}"


def _innermost(trace: TracebackType | None) -> TracebackType | None:
    frames = list(_frames(trace))[-MAX_FRAMES:]
    return frames[0] if frames else None


def _frames(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace:
        yield trace
        trace = trace.tb_next
