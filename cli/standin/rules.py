"""Rules that an account's admin makes while the stand-in runs, and values that are refused without a name.

Source: HubSpot's changelog on the enforcement of validation rules (of 2026-08-11): they hold for writes in
version 2026-09 and later; older ones ignore them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict

from cli.standin.answers import Refusal

_ENFORCED_FROM = "2026-09"
_UNNAMED = Refusal("The record cannot be saved as it is.")


class Rules(BaseModel):
    """What is required of objects, by the name of their type.

    Attributes:
        required: Properties that a new object must have.
        conditional: For a property, the other one that makes it required once that has a value.
        refused_values: Values that no property and no event may have; the refusal names nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    required: Mapping[str, tuple[str, ...]] = {}
    conditional: Mapping[str, Mapping[str, str]] = {}
    refused_values: frozenset[str] = frozenset()

    def changed(self, changes: Mapping[str, Any]) -> "Rules":
        """Return these with some changed.

        Raises:
            ValidationError: there is no such rule, or it has another form.
        """
        return Rules.model_validate({**self.model_dump(), **changes})

    def refusal(
        self, object_type: str, after: Mapping[str, str], version: str, *, is_new: bool
    ) -> Refusal | None:
        """Return why an object may not become so, None if it may."""
        details = [] if version < _ENFORCED_FROM else [*self._missing(object_type, after, is_new=is_new)]
        return Refusal("The property values provided are invalid", details=details) if details else None

    def refusal_of_values(self, values: Sequence[str]) -> Refusal | None:
        """Return why some of these values are not taken, None if all are."""
        return None if self.refused_values.isdisjoint(values) else _UNNAMED

    def _missing(
        self, object_type: str, after: Mapping[str, str], *, is_new: bool
    ) -> Iterator[Mapping[str, Any]]:
        for name in self.required.get(object_type, ()) if is_new else ():
            if not after.get(name):
                yield _detail(name, "MISSING_REQUIRED_PROPERTY", f"A value for {name} must be provided")
        for name, other in self.conditional.get(object_type, {}).items():
            if after.get(other) and not after.get(name):
                because = f"{name} is required because of a conditional property rule based on [{other}]"
                yield _detail(name, "MISSING_CONDITIONAL_REQUIRED_PROPERTY", because)


def _detail(name: str, code: str, message: str) -> Mapping[str, Any]:
    return {"message": message, "code": code, "context": {"propertyName": [name]}}


NO_RULES = Rules()
