"""What broken clients send as an id: words, values and printed objects that name nobody. Pure.

The words are those that PostHog, Mixpanel, Amplitude and Segment's Unify refuse as ids, and those for nothing
in the languages that clients are written in. All are lower case, with a space where words may be parted.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

WORDS: Mapping[str, Sequence[str]] = {
    "words for nothing": (
        *("null", "nul", "nil", "none", "nothing", "undefined", "undef", "unset", "void", "empty", "blank"),
        *("missing", "nullptr", "dbnull", "nonetype", "nan", "inf", "infinity", "na", "n/a", "n a"),
        *("unspecified", "not set", "not available", "not applicable", "not provided", "not specified"),
        *("not defined", "not found", "not a number", "no value", "no data", "no id", "no user"),
        *("no user id", "null value"),
    ),
    "words for nobody in particular": (
        *("unknown", "unknown user", "unidentified", "anonymous", "anonymous user", "anon", "guest"),
        *("guest user", "nobody", "no one", "not authenticated", "unauthenticated", "not logged in"),
        *("logged out", "unbekannt", "anonym", "inconnu", "anonyme", "desconocido", "anónimo", "anonimo"),
        *("desconhecido", "anônimo", "sconosciuto", "onbekend", "okänd", "ukendt", "ukjent"),
        *("неизвестно", "аноним", "未知", "匿名", "不明"),
    ),
    "true and false": ("true", "false"),
    "names of fields": ("id", "email", "distinct id"),
    "words for objects": (
        *("object", "array", "stdclass object", "optional.empty", "optional.none", "kotlin.unit"),
    ),
    "what many devices have in common": ("lmy47d", "9774d56d682e549c", "02:00:00:00:00:00"),
    "hashes of nothing (MD5, SHA-1, SHA-256)": (
        "d41d8cd98f00b204e9800998ecf8427e",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ),
}
# Zeros of any number and grouping need no list: numbers, UUIDs, ObjectIds, ULIDs, addresses of memory.
DEFAULTS: Mapping[str, Sequence[str]] = {
    "minus one": ("-1", "-1.0"),
    "the ends of 32 and 64 bits": (
        *("2147483647", "-2147483648", "4294967295"),
        *("9223372036854775807", "-9223372036854775808", "18446744073709551615"),
    ),
    "the same as languages without whole numbers print them": (
        *("9223372036854775808", "9223372036854776000", "-9223372036854776000", "18446744073709551616"),
        *("18446744073709552000", "9.223372036854776e18", "9.223372036854776e+18"),
        *("-9.223372036854776e18", "-9.223372036854776e+18"),
    ),
    "the largest UUID, ObjectId, ULID and KSUID": (
        *("ffffffff-ffff-ffff-ffff-ffffffffffff", "f" * 32, "f" * 24),
        *("7" + "z" * 25, "awgeptl1tmebfsqzfp4bxwgy80v"),
    ),
    "zeros with a letter": ("0n", "0l", "0f", "0.0f", "0d", "0e0", "0e+0"),
}
# What may part the words of a phrase, and a word from its own repetition.
_JOINTS = ("", " ", "_", "-", ".")
_PAIR_JOINTS = (*_JOINTS[1:], "@", "/", "|", ":", ",", ", ")
# Shorter words are names if they are said twice: Nana.
_MIN_PAIR_CHARS, _MIN_JOINED_CHARS = 3, 4

_HEX = r"(?=[a-f]*\d)[0-9a-f]{5,8}"
_WHOSE = (
    r"your|my|the|this|current|some|user|customer|contact|account|anonymous|visitor|person|member|client|profile"
    r"|subscriber|lead|distinct|external|previous|group|company|organi[sz]ation|org|team|tenant|device|session"
    r"|traits?|event|context|recipient|segment|insert"
)
_FIELD = rf"(?:(?:{_WHOSE})[ _.-]?){{0,4}}(?:id|uid|uuid|guid|key|e-?mail|user|username|name)"
# In lower case, each found at the beginning of the text.
PRINTED: Mapping[str, re.Pattern[str]] = {
    kind: re.compile(pattern, re.DOTALL)
    for kind, pattern in {
        "JavaScript's objects": r".{0,60}\[object [^\]]*\]",
        "JavaScript's functions and classes as they are logged": (
            r"\[(?:(?:async|generator|asyncgenerator)?function|class|getter|setter|circular|native code)\b"
            r"[^\]]*\]$"
        ),
        "source text of functions": (
            r"(?:async )?function\b ?\*? ?[\w$]* ?\(|(?:async )?(?:\([^()]*\)|[\w$]+) ?=>"
            r"|class [\w$]+ ?(?:\{|extends )"
        ),
        "symbols": r"symbol\(.*\)$",
        "objects with their content": (
            r"[\w.$]*(?:\(\d+\))? ?\{(?: ?|[^{}]*[:=<].*)\}$|[\w.$]+\(\w+=.*\)$|[&%][\w.]*\{.*\}$|map\[.*\]$"
        ),
        "lists": r"\[ ?(?:[\"'{\[].*|-?\d+(?:\.\d+)?(?: ?,.*)?)\]$",
        "Ruby's and Elixir's objects": r"#\w*<",
        "Python's and Objective-C's objects": (
            r"<[^<>]* at 0x[0-9a-f]+>|<[\w.]+: 0x[0-9a-f]+"
            r"|<(?:class|function|module|coroutine|generator|built-in|bound|method|property)\b[^<>]*>$"
        ),
        "Java's objects": (
            r"(?:\[+(?:[bcdfijsz]|l[\w.$]+;)|(?:javax?|kotlin|scala|androidx?|com|org|net|io|[a-z]{2})(?:\.[\w$]+){2,})"
            rf"@{_HEX}$"
        ),
        ".NET's types": (
            r"system\.(?:object|string|guid|u?int\d\d|dbnull|byte|nullable|collections|threading|func|action|lazy|linq"
            r"|dynamic|text)\b"
        ),
        "PHP's objects": r"array ?\(|object\(|[\w\\]+ object ?\( ?(?:\[|none|null|\))",
        "Perl's and Lua's references": (
            r"(?:[\w:]+=)?(?:hash|array|code|scalar|ref|glob)\(0x[0-9a-f]+\)$"
            r"|(?:table|function|userdata|thread): ?(?:0x[0-9a-f]+|builtin)"
        ),
        "Dart's objects": r"instance of '[^']*'",
        "Go's failures to print": r"%!\w?\(",
        "errors": r"(?:\w*error|\w*exception): ",
        "unfilled templates": (
            r".{0,60}(?:\{\{[^}]*\}\}|[$#@]\{[^}]*\}|<%[^%]*%>|\{%[^%]*%\}|\[\[[^\]]*\]\]|\*\|[^|]*\|\*|%%[^%]+%%|\$\([^)]*\))"
            rf"|(?:<{_FIELD}>|\{{{_FIELD}\}}|\[{_FIELD}\]|%{_FIELD}%|[$:]{_FIELD})$|%[\d.]*l*[sdiuvf@]$"
        ),
    }.items()
}


def words() -> frozenset[str]:
    """Return all words in all spellings, also said twice, as those of a first and a last name are."""
    spelt = {each for group in WORDS.values() for word in group for each in _spellings(word)}
    return frozenset(spelt | {pair for word in spelt for pair in _pairs(word)})


def defaults() -> frozenset[str]:
    """Return all default values but zeros."""
    return frozenset(value for group in DEFAULTS.values() for value in group)


def _spellings(word: str) -> Iterator[str]:
    for joint in _JOINTS:
        yield word.replace(" ", joint)


def _pairs(word: str) -> Iterator[str]:
    joints = _PAIR_JOINTS if len(word) >= _MIN_PAIR_CHARS else ()
    yield from (f"{word}{joint}{word}" for joint in joints)
    if len(word) >= _MIN_JOINED_CHARS:
        yield word * 2
