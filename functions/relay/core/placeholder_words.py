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
        *("no user id", "null value", "redacted", "нет", "なし", "無し", "空", "无", "無", "没有", "없음"),
    ),
    "words for nobody in particular": (
        *("unknown", "unknown user", "unidentified", "anonymous", "anonymous user", "anon", "guest"),
        *("guest user", "nobody", "no one", "not authenticated", "unauthenticated", "not logged in"),
        *("logged out", "unbekannt", "anonym", "inconnu", "anonyme", "desconocido", "anónimo", "anonimo"),
        *("desconhecido", "anônimo", "sconosciuto", "onbekend", "okänd", "ukendt", "ukjent"),
        *("неизвестно", "аноним", "未知", "匿名", "不明"),
    ),
    "true and false": ("true", "false"),
    "names of fields": (
        *("id", "email", "distinct id", "user id", "anonymous id", "group id", "previous id", "external id"),
        *("customer id", "account id", "contact id", "visitor id", "client id", "member id", "company id"),
        *("organization id", "device id", "session id", "your id", "your user id", "your anonymous id"),
        *("your group id", "your email", "your user id here", "user id here", "insert user id"),
        *("insert user id here", "unknown user id", "anonymous user id", "guest user id"),
    ),
    "words for objects": (
        *("object", "array", "stdclass object", "optional.empty", "optional.none", "kotlin.unit"),
        *("guid.empty", "uuid.empty", "uuid.nil", "objectid.empty", "ulid.empty", "string.empty"),
        *("dbnull.value", "invalid date", "invalid datetime"),
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
    "dates of no number": ("nan-nan-nantnan:nan:nanz", "nan-nan-nantnan:nan:nan.nanz"),
    "zeros with a letter": ("0n", "0l", "0f", "0.0f", "0d", "0e0", "0e+0"),
}
# What may part the words of a phrase.
_JOINTS = ("", " ", "_", "-", ".", "+")
# Kinds whose words stand in rows. `true-id` and `blank-email` are brands, so bare fields do not.
_ROW_KINDS = ("words for nothing", "words for nobody in particular", "true and false", "names of fields")
_NO_ROW = frozenset({"id", "email"})
# Shorter words are names if they are said twice (Na Na), or twice without a joint (Nannan).
_MIN_ROW_CHARS, _MIN_JOINED_CHARS = 3, 4
_JOINT = r"[\W_]{1,6}"
# What code puts before an id, and what it then prints where there is none.
_BEFORE_IDS = (
    r"(?:users?|usr|uid|id|customers?|client|contacts?|accounts?|acct|visitor|member|person|profile|group|company"
    r"|org(?:ani[sz]ation)?|device|session|tenant|e-?mail|auth0)"
)
_NO_VALUE = r"(?:undefined|null|nan|none|nil)"

# Java and Kotlin print a class and its hash; a tenant of digits or letters alone is somebody's.
_HASH = r"(?-i:(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{5,16})"
_CLASS = r"(?-i:(?:[a-z_]\w*\.)*[A-Z]\w*(?:\$[\w$]*(?:/0x[0-9a-f]+)?)?)"
_WHOSE = (
    r"your|my|the|this|current|some|user|customer|contact|account|anonymous|visitor|person|member|client|profile"
    r"|subscriber|lead|distinct|external|previous|group|company|organi[sz]ation|org|team|tenant|device|session"
    r"|traits?|event|context|recipient|segment|insert"
)
_FIELD = rf"(?:(?:{_WHOSE})[ _.-]?){{0,4}}(?:id|uid|uuid|guid|key|e-?mail|user|username|name)"
# Each found at the beginning of the text, in any case but where `(?-i:` says that it matters.
PRINTED: Mapping[str, re.Pattern[str]] = {
    kind: re.compile(pattern, re.DOTALL | re.IGNORECASE)
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
            # Names of types are capital; some consoles print others, with blanks.
            r"(?:(?-i:(?:[\w$]+\.)*[A-Z][\w$]*) ?|[\w.$]+(?:\(\d+\))? (?=\{[ }]))?"
            r"\{(?: ?|[^{}]*[:=<].*)\}$"
            r"|[\w.$]+\(\w+=.*\)$|(?-i:[A-Z][\w$]*)\(\w+: .*\)$|[&%][\w.]*\{.*\}$|map\[(?:|[^\]]*:.*)\]$"
        ),
        "lists": r"\[ ?(?:[\"'{\[].*|-?\d+(?:\.\d+)?(?: ?,.*)?)\]$",
        "Ruby's and Elixir's objects": r"#[\w.]*<.*>$",
        "Python's and Objective-C's objects": (
            r"<.* at 0x[0-9a-f]+>|<[\w.]+: 0x[0-9a-f]+"
            r"|<(?:class|function|lambda|genexpr|listcomp|locals|module|coroutine|generator|built-in|bound|method|property)\b[^<>]*>$"
        ),
        "Java's objects": (
            r"(?:\[+(?:[bcdfijsz]|l[\w.$]+;)|(?:javax?|kotlin|scala|androidx?)(?:\.[\w$]+){2,})@[0-9a-f]{5,16}$"
            rf"|{_CLASS}@{_HASH}(?:\[.*\])?$"
        ),
        ".NET's types": (
            r"system\.(?:object|string|guid|u?int\d\d|dbnull|byte|nullable|collections|threading|func|action|lazy|linq"
            r"|dynamic|text)\b"
        ),
        "PHP's objects, and arrays": (
            # NumPy and consoles print an array so too: `array(1)`, `array([1, 2])`.
            r"array ?\((?:\d+| ?[\[({'\"].*| ?|.*=>.*)\)|array\(\d+\) ?\{"
            r"|object\([\w\\]+\)#\d|[\w\\]+ object ?\( ?(?:\[|none|null|\))"
        ),
        "Perl's and Lua's references": (
            r"(?:[\w:]+=)?(?:hash|array|code|scalar|ref|glob)\(0x[0-9a-f]+\)$"
            r"|(?:table|function|userdata|thread): ?(?:0x[0-9a-f]+|builtin)"
        ),
        "Dart's objects": r"instance of '[^']*'",
        "Smalltalk's objects": r"an instance of [\w.$]+$",
        "Go's failures to print": r"%!\w?\(",
        "errors": (
            r"(?:error|exception): |(?:uncaught )?(?-i:(?:\w+\.)*[A-Z]\w*(?:Error|Exception)): |traceback \("
        ),
        "escapes of blanks, and a database's null": r"[\"'(]*(?:\\[nrt])+[\"')]*$",
        "unfilled templates": (
            r".{0,60}(?:\{\{[^}]*\}\}|[$#@]\{[^}]*\}|<%[^%]*%>|\{%[^%]*%\}|\[\[[^\]]*\]\]|\*\|[^|]*\|\*|%%[^%]+%%|\$\([^)]*\))"
            rf"|(?:<{_FIELD}>|\{{{_FIELD}\}}|\[{_FIELD}\]|%{_FIELD}%|[$:]{_FIELD})$|%[\d.]*l*[sdiuvf@]$"
        ),
    }.items()
}


# What holds an id, printed with it: a wrapper, a type, or the quotes of a literal.
HOLDER = re.compile(
    r"(?:(?:new )?(?:\w+\.){0,4}(?:optional|some|just|maybe|ok|right|success|id|user_?id|uuid|guid|objectid"
    r"|ulid|ksuid|string|str|bytes|int|integer|long|bigint|number|value|nullable)[(\[]"
    r"|(?:optional|some|just|maybe) |(?:[bru]{1,2}|@)(?=[\"']))[\"']*"
)


def words() -> frozenset[str]:
    """Return all words in all spellings."""
    return frozenset(each for group in WORDS.values() for word in group for each in _spellings(word))


def defaults() -> frozenset[str]:
    """Return all default values but zeros."""
    return frozenset(value for group in DEFAULTS.values() for value in group)


def rows() -> re.Pattern[str]:
    """Return what finds several words in a row, and words for nothing after what code puts before an id."""
    known = sorted(_row_words(), key=len, reverse=True)
    word, long_word = (
        f"(?:{'|'.join(_any_spelling(each) for each in known if len(each) >= least)})"
        for least in (_MIN_ROW_CHARS, _MIN_JOINED_CHARS)
    )
    # A longer row has too many partitions to try: `unknown user id` is one word, or two.
    row = rf"{word}(?:{_JOINT}{word}|{long_word}){{1,8}}"
    return re.compile(rf"{row}|{_BEFORE_IDS}(?:{_JOINT}{_NO_VALUE})++")


def row_ends() -> frozenset[str]:
    """Return the last three characters of all that `rows` finds."""
    return frozenset(each[-_MIN_ROW_CHARS:] for word in _row_words() for each in _spellings(word))


def _row_words() -> frozenset[str]:
    known = (word for kind in _ROW_KINDS for word in WORDS[kind] if word not in _NO_ROW)
    return frozenset(word for word in known if len(word.replace(" ", "")) >= _MIN_ROW_CHARS)


def _any_spelling(word: str) -> str:
    return r"[ _.+-]?".join(map(re.escape, word.split(" ")))


def _spellings(word: str) -> Iterator[str]:
    for joint in _JOINTS:
        yield word.replace(" ", joint)
