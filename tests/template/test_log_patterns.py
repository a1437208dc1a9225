"""Filter patterns: their own rules, and that those of our template can be read."""

import pytest
from log_patterns import matcher, value_of
from watching import FILTERS

LINE = {"status": 401, "code": "invalid_signature", "text": "401", "empty": None, "in": {"n": 2}, "is": True}


@pytest.mark.parametrize(
    ("pattern", "holds"),
    [
        ("{ $.status = 401 }", True),
        ("{ $.status != 401 }", False),
        ("{ $.status >= 400 && $.status < 500 }", True),
        ("{ $.status > 401 }", False),
        ("{ $.status <= 401 }", True),
        ('{ $.code = "invalid_signature" }', True),
        ('{ $.code = "invalid" }', False),
        ('{ $.code = "invalid*" }', True),
        ('{ $.code = "*signature" }', True),
        ('{ $.code = "i*g*e" }', True),
        ('{ $.code != "invalid*" }', False),
        # A text is no number, and the other way round.
        ("{ $.text = 401 }", False),
        ('{ $.status = "401" }', False),
        ('{ $.text = "4*" }', True),
        ("{ $.is = 1 }", False),
        ("{ $.in.n = 2 }", True),
        ("{ $.status.n = 2 }", False),
        # What is not there fulfils nothing.
        ('{ $.nothing != "x" }', False),
        ('{ $.empty != "x" }', False),
        ("{ $.nothing = 0 }", False),
        # And binds more strongly than or.
        ("{ $.status = 401 || $.status = 1 && $.status = 2 }", True),
        ("{ ($.status = 401 || $.status = 1) && $.status = 2 }", False),
        ('{ ($.status = 401) && (($.code = "x") || ($.code = "invalid*")) }', True),
    ],
)
def test_a_pattern_holds_or_not(pattern: str, holds: bool) -> None:  # noqa: FBT001 - a table
    assert matcher(pattern)(LINE) is holds


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "$.status = 401",
        "{ $.status = 401",
        "{ status = 401 }",
        "{ $.status == 401 }",
        "{ $.status = 401 } }",
        '{ $.code > "x" }',
        "{ $.code LIKE 1 }",
        "{ ($.status = 1 }",
        "{ $.status = 401 && }",
        '{ $.code = "' + "x" * 1_024 + '" }',
    ],
)
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - what is left of it is the message
        matcher(pattern)


def test_a_line_counts_for_one_or_for_what_it_says() -> None:
    assert value_of("1", LINE) == 1
    assert value_of("$.in.n", LINE) == 2


@pytest.mark.parametrize("name", FILTERS)
def test_each_pattern_of_the_template_can_be_read(name: str) -> None:
    assert matcher(FILTERS[name]["FilterPattern"])({}) is False
