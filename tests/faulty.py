"""A HubSpot and a memory that fail as they are told to."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from builders import refusal
from fakes import DEADLINE, Clock, FakeCrm, FakeProfiles
from others import FakeEvents

from relay.adapters.profile_item import from_item, to_item
from relay.core.answers import Answer, NoReply, Reply
from relay.core.occurrences import CustomEvent
from relay.core.planning import Batch, Input
from relay.core.profiles import Profile

# A value that HubSpot never takes, and says so in one of these ways.
BAD = "bad"
REFUSALS = ("207 with traces", "207 with ids", "400 with names", "400 with names in its message")
# A call that nobody waits for may be at work for this long.
LATE_MS = 95_000
# What it does with a uuid that it has already.
REPEATS = ("ignored", "refused", "conflict")


class CrashError(Exception):
    """The process ends here."""


@dataclass
class Script:
    """What goes wrong, one thing a call; then nothing does."""

    faults: Sequence[str] = ()
    done: list[str] = field(default_factory=list)

    def take(self) -> str:
        """Return what goes wrong with this call, "" if nothing does."""
        left = self.faults[len(self.done) :]
        self.done += left[:1]
        return left[0] if left else ""


@dataclass
class ModelCrm(FakeCrm):
    """HubSpot's contacts, whose answers go wrong."""

    script_of_writes: Script = field(default_factory=Script)
    refusal: str = REFUSALS[0]
    clock: Clock = field(default_factory=Clock)
    late: list[tuple[int, Batch]] = field(default_factory=list)

    def land(self) -> None:
        """Do what nobody waits for any more, as far as its time has come."""
        landed = [batch for at_ms, batch in self.late if at_ms <= self.clock.now]
        self.late = [(at_ms, batch) for at_ms, batch in self.late if at_ms > self.clock.now]
        for batch in landed:
            super().write_contacts(batch, DEADLINE)

    def write_contacts(self, batch: Batch, deadline_ms: int) -> Answer:
        assert deadline_ms == DEADLINE
        fault = self.script_of_writes.take()
        is_fit = fault != "400 city" or any("city" in entry.properties for entry in batch.inputs)
        if fault in _UNWRITTEN and is_fit:
            return _UNWRITTEN[fault]
        if fault in LATE:
            self.late.append((self.clock.now + LATE_MS, batch))
        answer = NoReply("no_answer: ReadTimeout") if fault in LATE else self._written(batch, fault)
        if "crash" in fault:
            raise CrashError
        return self._spoilt(answer, fault)

    def _written(self, batch: Batch, fault: str) -> Answer:
        """Write a batch, or what a fault leaves of it."""
        if fault == "conflict":
            return self._conflict(batch)
        if self.refusal.startswith("400") and any(_bad_names(entry) for entry in batch.inputs):
            return refusal(400, self._words({name for entry in batch.inputs for name in _bad_names(entry)}))
        left = batch.inputs[1:] if fault == "one ignored" else batch.inputs
        good = [entry for entry in left if not _bad_names(entry)]
        answer = super().write_contacts(Batch(tuple(good)), DEADLINE) if good else Reply(200, {"results": []})
        return self._with_errors(answer, [entry for entry in left if _bad_names(entry)])

    def _with_errors(self, answer: Answer, refused: Sequence[Input]) -> Answer:
        if not refused or not isinstance(answer, Reply) or not isinstance(answer.body, dict):
            return answer
        errors = [*answer.body.get("errors", ()), *map(self._refused, refused)]
        return Reply(207, {**answer.body, "errors": errors})

    def _refused(self, entry: Input) -> dict[str, object]:
        traced = {"objectWriteTraceId": [entry.trace_id]}
        context = {"ids": [entry.record_id or entry.ref.id]} if self.refusal == "207 with ids" else traced
        return {**self._words(_bad_names(entry)), "context": context}

    def _spoilt(self, answer: Answer, fault: str) -> Answer:
        body = answer.body if isinstance(answer, Reply) and isinstance(answer.body, dict) else {}
        spoilt: Mapping[str, Answer] = {
            "lost after": NoReply("no_answer: ReadTimeout"),
            "500 after": Reply(500, {"message": "internal error"}),
            "HTML after": Reply(502),
            "truncated": Reply(200),
            "empty": Reply(200, {"results": []}),
            "one missing": Reply(207, {**body, "results": list(body.get("results", []))[1:]}),
        }
        return spoilt.get(fault, answer)

    def _conflict(self, batch: Batch) -> Answer:
        """Let somebody else have made all of these contacts just now."""
        for entry in batch.inputs:
            if not entry.record_id and entry.ref.id not in self.contacts:
                self.contacts[entry.ref.id] = {"email": entry.ref.id}
        errors = [self._conflict_of(entry) for entry in batch.inputs]
        return refusal(409, errors[0]) if len(errors) == 1 else Reply(207, {"results": [], "errors": errors})

    def _conflict_of(self, entry: Input) -> dict[str, object]:
        existing = entry.record_id or self.contacts[entry.ref.id]["id"]
        words = f"Contact already exists. Existing ID: {existing}"
        return {"category": "CONFLICT", "message": words, "context": {"objectWriteTraceId": [entry.trace_id]}}

    def _words(self, names: Iterable[str]) -> dict[str, object]:
        if self.refusal == "400 with names in its message":
            listed = ", ".join(f'{{"name": "{name}", "error": "INVALID_OPTION"}}' for name in sorted(names))
            return {"category": "VALIDATION_ERROR", "message": f"Property values were not valid: [{listed}]"}
        details = [{"code": "INVALID_OPTION", "context": {"propertyName": [name]}} for name in sorted(names)]
        return {"category": "VALIDATION_ERROR", "message": "not valid", "errors": details}


def _bad_names(entry: Input) -> set[str]:
    return {name for name, text in entry.properties.items() if text == BAD}


_NO_CITY = {"code": "PROPERTY_DOESNT_EXIST", "context": {"propertyName": ["city"]}}
# Faults after which HubSpot has nothing.
_UNWRITTEN: Mapping[str, Answer] = {
    "lost before": NoReply("no_answer: ConnectTimeout"),
    "no token": NoReply("window_full", 7_000),
    "401": Reply(401, {"category": "INVALID_AUTHENTICATION"}),
    "403": refusal(403, {"category": "MISSING_SCOPES"}),
    "423": Reply(423, None, {"retry-after": "2"}),
    "429": Reply(429, {"policyName": "TEN_SECONDLY_ROLLING"}),
    "500 before": Reply(500),
    "400 city": refusal(400, {"category": "VALIDATION_ERROR", "errors": [_NO_CITY]}),
    "400 silent": refusal(400, {"message": "Invalid input JSON"}),
    "400 duplicates": refusal(400, {"message": "Duplicate IDs found in batch input: [501]"}),
    "413": refusal(413),
}
LATE = ("late", "late after a crash")
WRITTEN = (*LATE, "lost after", "500 after", "HTML after", "truncated", "empty", "one missing", "crash after")
WRITE_FAULTS = (*_UNWRITTEN, *WRITTEN, "one ignored", "conflict")
# Faults by which HubSpot may refuse an event that stands alone.
REJECTING = frozenset({"403", "400 silent", "400 duplicates", "413"})


@dataclass
class ModelEvents(FakeEvents):
    """HubSpot's events, which takes each uuid once, and whose answers go wrong."""

    script_of_sends: Script = field(default_factory=Script)
    repeats: str = REPEATS[0]

    def send_batch(self, events: Sequence[CustomEvent], deadline_ms: int) -> Answer:
        assert deadline_ms
        fault = self.script_of_sends.take()
        if fault in _UNWRITTEN:
            return _UNWRITTEN[fault]
        known = [each.uuid for each in events if each.uuid in {sent.uuid for sent in self.sent}]
        if known and self.repeats != "ignored":
            words = f"uuid already used: {', '.join(known)}"
            return refusal(409 if self.repeats == "conflict" else 400, {"message": words})
        self.sent += [each for each in events if each.uuid not in known]
        return NoReply("no_answer: ReadTimeout") if fault == "lost after" else Reply(204)


SEND_FAULTS = ("lost before", "lost after", "no token", "401", "429", "500 before")


@dataclass
class ModelProfiles(FakeProfiles):
    """A memory in items, that fails."""

    script_of_loads: Script = field(default_factory=Script)
    script_of_saves: Script = field(default_factory=Script)

    def load(self, keys: Collection[str]) -> Mapping[str, Profile] | None:
        return None if self.script_of_loads.take() == "fails" else super().load(keys)

    def save(self, profiles: Mapping[str, Profile]) -> bool:
        fault = self.script_of_saves.take()
        if fault == "crash before":
            raise CrashError
        # Which half it is must not depend on the order of a set.
        kept = sorted(profiles)[: len(profiles) // 2] if fault == "half" else list(profiles)
        if fault != "fails":
            super().save({key: from_item(to_item(profiles[key])) for key in kept})
        if fault == "crash after":
            raise CrashError
        return not fault


SAVE_FAULTS = ("fails", "half", "answer lost", "crash before", "crash after")
