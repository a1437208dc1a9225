"""The shapes of HubSpot's answers: the error envelope, the mixed answer of a batch, and its times.

Sources: HubSpot's error handling page; the schemas `Error`, `StandardError` and `BatchResponse…` of its
OpenAPI file for contacts.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, TypeAlias

from cli.standin.object_types import ObjectType

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Status and JSON body of an answer; None is no body.
Result: TypeAlias = tuple[int, Any]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why HubSpot does not do what it was asked: as a whole answer, or as one error inside a 207.

    `details` become `errors[]`. `context` is shown in both forms, `item_context` only inside a 207.
    """

    message: str
    category: str = "VALIDATION_ERROR"
    status: int = HTTPStatus.BAD_REQUEST
    details: Sequence[Mapping[str, Any]] = ()
    context: Mapping[str, Sequence[str]] = field(default_factory=dict)
    item_context: Mapping[str, Sequence[str]] = field(default_factory=dict)
    sub_category: str = ""

    def whole(self) -> Result:
        """Return it as the answer to the whole call."""
        body = {**self._common(), "correlationId": str(uuid.uuid4())}
        body |= {"errors": self.details} if self.details else {}
        body |= {"context": self.context} if self.context else {}
        return self.status, body

    def item(self, trace: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        """Return it as one of the `errors` of a batch; `trace` holds the trace id of its input."""
        traced = {name: [value] for name, value in (trace or {}).items()}
        context = {**self.context, **self.item_context, **traced}
        return {**self._common(), "context": context, "errors": self.details, "links": {}}

    def _common(self) -> dict[str, Any]:
        common: dict[str, Any] = {"status": "error", "category": self.category, "message": self.message}
        return common | ({"subCategory": self.sub_category} if self.sub_category else {})


def invalid_json(reason: str) -> Result:
    """Return the 400 for a body that cannot be read; it has no category."""
    return plain_error(HTTPStatus.BAD_REQUEST, f"Invalid input JSON on line 1, column 1: {reason}")


def plain_error(status: int, message: str, category: str = "") -> Result:
    """Return an error with next to nothing in it, as HubSpot's routing and its token check give it."""
    error = {"status": "error", "message": message, "correlationId": str(uuid.uuid4())}
    return status, error | ({"category": category} if category else {})


def missing_scopes(scopes: Sequence[str]) -> Result:
    """Return the 403 for a token that may not do this."""
    message = "This app hasn't been granted all required scopes to make this call."
    details = [{"message": message, "context": {"requiredGranularScopes": scopes}}]
    status, body = Refusal(message, "MISSING_SCOPES", HTTPStatus.FORBIDDEN, details=details).whole()
    return status, {**body, "links": {"scopes": "https://developers.hubspot.com/scopes"}}


def lower_tier() -> Result:
    """Return the 403 for an account without custom events; how HubSpot words it is not documented."""
    message = "This account's subscription does not include custom events, which need an Enterprise tier."
    return plain_error(HTTPStatus.FORBIDDEN, message)


def not_found(ids: Sequence[str], object_type: ObjectType) -> Refusal:
    """Return the error for objects that are not there; in a batch one error names them all."""
    some = f"some {object_type.singular.upper()} objects"
    message = f"Could not get {some}, they may be deleted or not exist. Check that ids are valid."
    return Refusal(message, "OBJECT_NOT_FOUND", HTTPStatus.NOT_FOUND, context={"ids": ids})


def batch_answer(results: Sequence[Any], errors: Sequence[Any], status: int = HTTPStatus.OK) -> Result:
    """Return the answer to a batch: `status`, or 207 as soon as there is an error."""
    at = now()
    answer = {"status": "COMPLETE", "results": results, "startedAt": at, "completedAt": at}
    if not errors:
        return status, answer
    return HTTPStatus.MULTI_STATUS, {**answer, "numErrors": len(errors), "errors": errors}


def now() -> str:
    """Return the time as HubSpot writes it."""
    return _written(datetime.now(UTC))


def time_of(at_ms: int) -> str:
    """Return milliseconds since 1970 as HubSpot writes a time."""
    return _written(_EPOCH + timedelta(milliseconds=at_ms))


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
