"""Answers in the many forms in which HubSpot, or something in front of it, refuses a call.

Each form is a name in `FORMS`; `answer_in_form` gives its status, headers and body for the inputs of a call.
A form about one input is answered for the whole call, or inside a mixed answer (207) for each input in `bad`.
The sentences and ids are made up; the shapes are those of HubSpot's error handling page, of its validation
rules of 2026-09, and of bodies that public clients hold in their tests.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from cli.standin.form_bodies import CONFLICT, FORBIDDEN, PAGES, PROPERTY, REFUSED, REQUIRED, About, Error

CORRELATION_ID = "0f3c0a5e-5ac8-4a43-9e5c-3a1f1b0c9d11"
_JSON = {"content-type": "application/json;charset=utf-8"}
_TRACE = "objectWriteTraceId"

Kind: TypeAlias = Literal["property", "conflict", "required", "forbidden", "whole", "page"]


@dataclass(frozen=True, slots=True)
class Form:
    """A form: what it is about, its status as a whole answer, and how its error looks.

    Where it is a `page`, `says` gives the whole body, of the type `content_type`.
    """

    kind: Kind
    says: Callable[[About], Any]
    status: int = 400
    content_type: str = ""

    @property
    def may_be_mixed(self) -> bool:
        """Whether it may be the error of one input in a mixed answer."""
        return self.kind in ("property", "conflict", "required")


@dataclass(frozen=True, slots=True)
class Asked:
    """A call to be answered: its `inputs` as they stand in its body.

    Those in `bad` are refused; the first of them is the one that a whole answer speaks of. `about` is the
    property that it names: the last one of the input, if that is left out.
    """

    inputs: Sequence[Mapping[str, Any]]
    about: str = ""
    existing_id: str = "900502"
    bad: Sequence[int] = (0,)


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer: `body` is JSON, or a text that is none."""

    status: int
    headers: Mapping[str, str]
    body: Any


def answer_in_form(name: str, asked: Asked, *, mixed: bool = False) -> Answered:
    """Return the answer of a form to a call.

    `mixed` answers 207, where the inputs that are not bad are written, if the form is about one input.

    Raises:
        KeyError: there is no such form.
    """
    form = FORMS[name]
    if form.kind == "page":
        headers = {"content-type": form.content_type} if form.content_type else {}
        return Answered(form.status, headers, form.says(About("", "", asked.existing_id, "")))
    told = [(asked.inputs[n], _about(asked, asked.inputs[n])) for n in asked.bad if n < len(asked.inputs)]
    if mixed and form.may_be_mixed:
        return Answered(207, _JSON, _mixed(form, asked.inputs, told))
    first = told[0][1] if told else About(asked.about, "", asked.existing_id, "")
    return Answered(
        form.status, _JSON, {"status": "error", "correlationId": CORRELATION_ID, **form.says(first)}
    )


def _mixed(form: Form, inputs: Sequence[Mapping[str, Any]], told: Sequence[tuple[Any, About]]) -> Error:
    bad = [entry for entry, _ in told]
    results = [
        {
            "id": str(entry.get("id", "")) if str(entry.get("id", "")).isdigit() else f"7{n:05}",
            "new": False,
            "properties": dict(_values(entry)),
            **({_TRACE: entry[_TRACE]} if _TRACE in entry else {}),
        }
        for n, entry in enumerate(inputs)
        if entry not in bad
    ]
    errors = []
    for entry, about in told:
        error = {"status": "error", **form.says(about)}
        traced = {_TRACE: [entry[_TRACE]]} if _TRACE in entry else {}
        errors.append({**error, "context": {**error.get("context", {}), **traced}})
    return {"status": "COMPLETE", "results": results, "numErrors": len(errors), "errors": errors}


def _about(asked: Asked, entry: Mapping[str, Any]) -> About:
    values = _values(entry)
    named = asked.about or (list(values) or ["email"])[-1]
    address = values.get("email") or str(entry.get("email") or entry.get("id") or "")
    return About(named, str(values.get(named, "")), asked.existing_id, address)


def _values(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    values = entry.get("properties")
    return values if isinstance(values, Mapping) else {}


def _same(body: Any) -> Callable[[About], Any]:  # noqa: ANN401 - JSON
    return lambda _: body


FORMS: Mapping[str, Form] = {
    **{name: Form("property", says) for name, says in PROPERTY.items()},
    **{name: Form("conflict", says, status) for name, (status, says) in CONFLICT.items()},
    **{name: Form("required", says) for name, says in REQUIRED.items()},
    **{name: Form("forbidden", _same(body), 403) for name, body in FORBIDDEN.items()},
    "refused": Form("whole", _same(REFUSED)),
    **{name: Form("page", _same(body), status, kind) for name, (status, kind, body) in PAGES.items()},
}
