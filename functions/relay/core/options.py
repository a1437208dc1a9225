"""The options of an enumeration, and which of them a text means, in whatever form it is written. Pure.

What is sent is always HubSpot's own value. Two texts are the same option if they differ in nothing but case,
the form of their characters (`é` as one or as two, letters of full width), blanks and what cannot be seen.
Of a text that several options could be, only the exact form counts.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from unicodedata import decomposition, normalize

from relay.core.blanks import visible

# Forms of a character that mean the same (tags of Unicode's decompositions): `m²` is not `m2`.
_SAFE_FORMS = frozenset(
    f"<{form}>"
    for form in (
        "compat",
        "final",
        "initial",
        "isolated",
        "medial",
        "narrow",
        "noBreak",
        "small",
        "vertical",
        "wide",
    )
)
# How people call the two options of a question.
_PAIRS = (("true", "false"), ("yes", "no"), ("1", "0"), ("y", "n"), ("on", "off"))


def folded(text: str) -> str:
    """Return a text as it is compared with others."""
    seen = visible(text)
    if seen.isascii():
        return seen.lower()
    plain = "".join(map(_plain_form, seen))
    return " ".join(normalize("NFC", normalize("NFD", plain).casefold()).split())


def spellings(listed: Sequence[tuple[str, str]]) -> tuple[Mapping[str, str], frozenset[str]]:
    """Return the value that each spelling of an option means, and the folded ones that mean several.

    `listed` are HubSpot's options, label and value. A value counts more than a label.
    """
    by_value = _grouped((folded(value), value) for _, value in listed)
    by_label = _grouped((folded(label), value) for label, value in listed)
    by_exact_label = _grouped((label, value) for label, value in listed)
    labels = {text: values for text, values in by_label.items() if text not in by_value}
    ambiguous = {text for text, values in (*by_value.items(), *labels.items()) if len(values) > 1}
    exact = {text: values for text, values in by_exact_label.items() if folded(text) in ambiguous}
    found = {**_single(labels), **_single(exact), **_single(by_value)}
    return {**found, **{value: value for _, value in listed}}, frozenset(ambiguous)


def option_of(text: str, options: Mapping[str, str], ambiguous: Collection[str]) -> str:
    """Return the value of the option that a text means, "" if it means none, or could be several."""
    if text in options:
        return options[text]
    spelling = folded(text)
    return "" if spelling in ambiguous else options.get(spelling, "")


def option_of_truth(truth: str, options: Mapping[str, str], ambiguous: Collection[str]) -> str:
    """Return the option that `true` or `false` means where there is just one pair such as Yes and No."""
    pairs = {tuple(option_of(text, options, ambiguous) for text in pair) for pair in _PAIRS}
    whole = [pair for pair in pairs if all(pair)]
    return dict(zip(("true", "false"), whole[0], strict=True)).get(truth, "") if len(whole) == 1 else ""


def _plain_form(char: str) -> str:
    form = decomposition(char).partition(" ")[0]
    return normalize("NFKC", char) if form in _SAFE_FORMS else char


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    groups: dict[str, set[str]] = {}
    for text, value in pairs:
        if text:
            groups.setdefault(text, set()).add(value)
    return groups


def _single(groups: Mapping[str, set[str]]) -> Mapping[str, str]:
    return {text: next(iter(values)) for text, values in groups.items() if len(values) == 1}
