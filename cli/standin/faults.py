"""The fault switch: what shall go wrong, with which calls, and how often."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from threading import Lock
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, field_validator

from cli.standin.formed import NAMES, Formed


def _nothing() -> None:
    return


class Fault(BaseModel):
    """One kind of trouble for the calls it matches; `times` counts down, None is for ever."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    method: str | None = None
    path: str = Field("", description="Regular expression, found anywhere in the path.")
    times: int | None = Field(1, ge=1)
    every: int = Field(1, ge=1, description="Of so many calls that match, only the last one suffers.")
    delay_ms: int = Field(0, ge=0, description="Wait before anything else.")
    drip_ms: int = Field(0, ge=0, description="Answer byte by byte, with such a pause after each.")
    status: int | None = Field(None, description="Answer this instead of processing the call.")
    body: Any = None
    answer: int | None = Field(None, description="Answer this after processing the call.")
    form: str | None = Field(
        None,
        description="Answer in the form of this name, as HubSpot or something in front of it has been met"
        " to answer.",
    )
    about: str = Field(
        "", alias="property", description="What the form speaks of; the last property sent, if empty."
    )
    existing_id: str = Field("900502", description="The record that a conflict's form names.")
    share: float = Field(1.0, gt=0, le=1, description="The share of the inputs that the form is about.")
    headers: Mapping[str, str] = Field(default_factory=dict)
    drop: Literal["before", "after"] | None = Field(
        None,
        description="Cut the connection before the call is processed, or after it and without an answer.",
    )
    truncate: int | None = Field(None, ge=0, description="Send only so many bytes of the answer's body.")
    forget: bool = Field(False, description="Leave every other result out of the answer.")  # noqa: FBT003 - pydantic's
    before: Callable[[], None] = Field(
        _nothing, exclude=True, description="Called before the call is processed."
    )
    after: Callable[[], None] = Field(_nothing, exclude=True, description="Called before it is answered.")
    _matched: int = PrivateAttr(0)
    _inputs: int = PrivateAttr(0)

    @field_validator("form")
    @classmethod
    def _is_known(cls, name: str | None) -> str | None:
        if name is not None and name not in NAMES:
            near = get_close_matches(name, NAMES, n=1)
            raise ValueError(f"there is no form {name}" + (f", did you mean {near[0]}?" if near else ""))
        return name

    @property
    def formed(self) -> Formed | None:
        """How a call is answered in the form, None without one."""
        return Formed(self.form, self.about, self.existing_id, self._bad) if self.form else None

    def _bad(self, count: int) -> list[int]:
        """Return which of so many inputs suffer; over many calls they are the `share`."""
        before, self._inputs = self._inputs, self._inputs + count
        return [
            n for n in range(count) if int((before + n + 1) * self.share) > int((before + n) * self.share)
        ]

    def is_due(self) -> bool:
        """Count a call that matches; say whether it is one that suffers."""
        self._matched += 1
        return self._matched % self.every == 0


@dataclass
class Faults:
    """The faults that are switched on. Safe to use from many threads."""

    _faults: list[Fault] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def add(self, faults: Sequence[Fault]) -> None:
        """Switch on more faults, after those that are already there."""
        with self._lock:
            self._faults += [fault.model_copy() for fault in faults]

    def clear(self) -> None:
        """Switch everything off."""
        with self._lock:
            self._faults.clear()

    def list(self) -> Sequence[Fault]:
        """Return what is still to happen."""
        with self._lock:
            return [fault.model_copy() for fault in self._faults]

    def take(self, method: str, path: str) -> Fault | None:
        """Return the first fault that this call has to suffer, and count it down."""
        with self._lock:
            for fault in self._faults:
                if fault.method in {None, method} and re.search(fault.path, path) and fault.is_due():
                    self._count_down(fault)
                    return fault
            return None

    def _count_down(self, fault: Fault) -> None:
        if fault.times is None:
            return
        fault.times -= 1
        if not fault.times:
            self._faults.remove(fault)
