"""A fault by the name of a form: the whole call is answered in it, or the share of its inputs that suffer.

Inputs that do not suffer are processed as ever, where HubSpot answers a batch input by input (207); a batch
that it only takes or refuses as a whole is refused as a whole.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from cli.standin.answers import Result
from cli.standin.forms import FORMS, Answered, Asked, answer_in_form

# Not a refusal: the call is done, and the answer echoes no trace ids.
NO_TRACE_IDS = "no_trace_ids"
# What HubSpot's form is called in everyday words; the others have the names of the table.
BY_OTHER_NAMES: Mapping[str, str] = {
    "html_403": "page_403",
    "html_404": "page_404",
    "html_503": "page_503",
    "unnamed_sentence": "sentence_of_unknown_form",
    "required_property": "required",
    "conditional_property": "required_if",
    "conflict_object_already_exists": "conflict_by_another_name",
}
NAMES = frozenset({*FORMS, *BY_OTHER_NAMES, NO_TRACE_IDS})
_NOT_HUBSPOTS = {"x-hubspot-correlation-id": "", "content-type": ""}
_TRACE = "objectWriteTraceId"
_MIXED = ("/batch/upsert", "/batch/update", "/batch/create")


@dataclass(frozen=True, slots=True)
class Formed:
    """How a call is answered: `named` is the form, and `bad` says which inputs suffer of so many."""

    named: str
    about: str
    existing_id: str
    bad: Callable[[int], Sequence[int]]

    def answer(self, path: str, raw: bytes, process: Callable[[bytes], Result]) -> Answered:
        """Answer a call; `process` is what it is answered with otherwise."""
        body = _object(raw)
        if self.named == NO_TRACE_IDS:
            status, told = process(raw)
            return Answered(status, {}, _untraced(told))
        inputs = body.get("inputs")
        entries = inputs if isinstance(inputs, list) else [body]
        bad = self.bad(len(entries))
        if not bad and entries:
            status, told = process(raw)
            return Answered(status, {}, told)
        name = BY_OTHER_NAMES.get(self.named, self.named)
        asked = Asked(entries, self.about, self.existing_id, bad)
        if len(bad) == len(entries) or not path.endswith(_MIXED) or not FORMS[name].may_be_mixed:
            return self._named(answer_in_form(name, asked))
        refused = self._named(answer_in_form(name, asked, mixed=True))
        good = [entry for n, entry in enumerate(entries) if n not in bad]
        status, told = process(json.dumps({**body, "inputs": good}).encode())
        if _is_done(status):
            return Answered(HTTPStatus.MULTI_STATUS, {}, _both(told, refused.body["errors"]))
        # A batch that is refused for another reason is refused as a whole.
        return Answered(status, {}, told)

    def _named(self, answered: Answered) -> Answered:
        """Let a rule speak of the property that was asked for, and a page be nobody's whom HubSpot knows."""
        kind = FORMS[BY_OTHER_NAMES.get(self.named, self.named)].kind
        if kind == "page":
            return replace(answered, headers={**_NOT_HUBSPOTS, **answered.headers})
        if kind != "required" or not self.about:
            return answered
        body = json.loads(json.dumps(answered.body).replace("jobtitle", self.about))
        return Answered(answered.status, answered.headers, body)


def _both(told: Any, errors: Sequence[Any]) -> Mapping[str, Any]:  # noqa: ANN401 - JSON
    others = list(told.get("errors", ()))
    return {**told, "errors": [*others, *errors], "numErrors": len(others) + len(errors)}


def _is_done(status: int) -> bool:
    return status in (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.MULTI_STATUS)


def _object(raw: bytes) -> Mapping[str, Any]:
    try:
        body = json.loads(raw or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, Mapping) else {}


def _untraced(told: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(told, Mapping):
        return {name: _untraced(value) for name, value in told.items() if name != _TRACE}
    return [_untraced(each) for each in told] if isinstance(told, list | tuple) else told
