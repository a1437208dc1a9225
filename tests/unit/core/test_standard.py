"""The parts of a value that a property wants."""

import pytest

from relay.core.coercion import Unfit
from relay.core.standard import TARGETS, Part, Target, part_of


@pytest.mark.parametrize(
    ("value", "part", "expected"),
    [
        ("Kim Larsen", "first", "Kim"),
        (" Kim  van Dam ", "last", "van Dam"),
        ("Kim", "first", "Kim"),
        ("Kim", "last", Unfit("no_value")),
        ("  ", "first", "  "),
        ("\u200b Kim\u00a0van Dam\ufeff", "first", "Kim"),
        ("\u200b Kim\u00a0van Dam\ufeff", "last", "van Dam"),
        ("Kim \u2060", "last", Unfit("no_value")),
        (Unfit("no_value"), "first", Unfit("no_value")),
        ("", "last", ""),
        (None, "first", None),
        (7, "first", Unfit("not_a_name")),
        (["Kim"], "last", Unfit("no_value")),
        ([7, "Kim"], "first", Unfit("not_a_name")),
        (["+45 1", "+45 2"], "whole", "+45 1"),
        ([None, "", {}, 4512], "whole", 4512),
        ([], "whole", []),
        ([" ", None], "last", [" ", None]),
        ([" ", "\u200b", "+45 1"], "whole", "+45 1"),
        ([["+45"]], "whole", Unfit("no_value")),
        ("+45", "whole", "+45"),
    ],
)
def test_a_part_of_a_value(value: object, part: Part, expected: object) -> None:
    assert part_of(value, part) == expected


def test_a_trait_may_give_several_properties() -> None:
    assert TARGETS["contacts"]["name"] == (Target("firstname", 1, "first"), Target("lastname", 1, "last"))
