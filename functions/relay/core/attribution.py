"""Which input does a result, or an error, of an answer speak of? Pure.

HubSpot echoes trace ids where it is asked to. Where it does not, an input is known again by HubSpot's id of
its record, by its address or by its key. What may mean two inputs, or one that is meant twice, is left alone.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from relay.core.handles import EMAIL
from relay.core.json_parts import label, labels, text_mapping
from relay.core.planning import Input
from relay.core.refusals import read_refusal

TRACE_ID = "objectWriteTraceId"
# Under these HubSpot names the objects that an error is about.
_IDS = ("ids", "id", "objectId", "objectIds", "email", "emails")
_FURTHER = "hs_additional_emails"
_WORD = re.compile(r"[^\s\"'`<>\[\](){},;:=]+")
# Shorter ids are words and numbers, too.
_SHORTEST = 3
# The record that is to get a value; the other one that such a sentence names has it.
_RECEIVER = re.compile(r"\} on (\d+)\.", re.ASCII)

Part: TypeAlias = Mapping[str, object]
# A property, "" for HubSpot's own id, and its value in lower case: HubSpot changes the case of addresses.
Key: TypeAlias = tuple[str, str]


def results_of(inputs: Sequence[Input], results: Sequence[Part]) -> Mapping[str, Part]:
    """Return the result of each input by its trace id, as far as it has one."""
    own = {entry.trace_id for entry in inputs}
    told = {trace: each for each in results if (trace := label(each.get(TRACE_ID))) in own}
    left = [entry for entry in inputs if entry.trace_id not in told]
    untraced = [each for each in results if label(each.get(TRACE_ID)) not in own]
    by_key = _by_key(left)
    claims: dict[str, list[Part]] = {}
    for result in untraced if left else ():
        meant = {trace for key in _keys_of_result(result, by_key) for trace in by_key.get(key, ())}
        for trace in meant if len(meant) == 1 else ():
            claims.setdefault(trace, []).append(result)
    return {**{trace: each[0] for trace, each in claims.items() if len(each) == 1}, **told}


def errors_of(
    inputs: Sequence[Input], errors: Sequence[Part], settled: Iterable[str] = ()
) -> Mapping[str, Part]:
    """Return the error of each input by its trace id, as far as it has one; an error may mean several.

    If one error is left, and one input that is not `settled`, they belong together.
    """
    own = {entry.trace_id for entry in inputs}
    by_key = _by_key(inputs)
    told: dict[str, Part] = {}
    nobodys: list[Part] = []
    for error in errors:
        meant = [*_meant(error, own, by_key)]
        told |= dict.fromkeys(meant, error)
        nobodys += [] if meant else [error]
    left = own - told.keys() - set(settled)
    return {**told, **(dict.fromkeys(left, nobodys[0]) if len(left) == len(nobodys) == 1 else {})}


def _meant(error: Part, own: set[str], by_key: Mapping[Key, Sequence[str]]) -> Iterator[str]:
    """Yield the trace ids of the inputs that an error names: by trace id, by what they are, or in words."""
    context = text_mapping(error.get("context"))
    traced = [trace for trace in labels(context.get(TRACE_ID)) if trace in own]
    named = read_refusal(error)
    ids = {each.lower() for each in named.told(*_IDS)}
    yield from traced or _of(ids, by_key) or _in_words(named.whole.message, by_key)


def _of(ids: set[str], by_key: Mapping[Key, Sequence[str]]) -> list[str]:
    # What means two of them means neither.
    return sorted({traces[0] for (_, value), traces in by_key.items() if value in ids and len(traces) == 1})


def _in_words(sentence: str, by_key: Mapping[Key, Sequence[str]]) -> list[str]:
    receiver = _RECEIVER.search(sentence)
    found = [receiver[1]] if receiver else [word.lower().rstrip(".") for word in _WORD.findall(sentence)]
    words = {word for word in found if len(word) >= _SHORTEST}
    meant = _of(words, by_key)
    return meant if len(meant) == 1 else []


def _by_key(inputs: Iterable[Input]) -> Mapping[Key, list[str]]:
    found: dict[Key, list[str]] = {}
    for entry in inputs:
        for key in _keys(entry):
            found.setdefault(key, []).append(entry.trace_id)
    return found


def _keys(entry: Input) -> set[Key]:
    if entry.record_id:
        return {("", entry.record_id.lower())}
    email = entry.properties.get(EMAIL, "").lower()
    return {(entry.ref.id_property, entry.ref.id.lower()), *({(EMAIL, email)} if email else ())}


def _keys_of_result(result: Part, by_key: Mapping[Key, object]) -> Iterator[Key]:
    yield "", label(result.get("id")).lower()
    properties = text_mapping(result.get("properties"))
    for name in {name for name, _ in by_key} - {""}:
        yield name, label(properties.get(name)).strip().lower()
    for further in label(properties.get(_FURTHER)).lower().split(";"):
        yield EMAIL, further.strip()
