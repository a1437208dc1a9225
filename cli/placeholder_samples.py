"""Samples of ids that nobody owns, of each kind that has no list of words: for `docs/mapping.md`."""

from collections.abc import Mapping, Sequence

# Those beside `PRINTED`, which a rule finds.
BY_RULE: Mapping[str, Sequence[str]] = {
    "zeros of any number and grouping": (
        *("0", "000", "0.0", "-0", "0x0", "00000000-0000-0000-0000-000000000000"),
        *("{00000000-0000-0000-0000-000000000000}", "urn:uuid:00000000-0000-0000-0000-000000000000"),
    ),
    "punctuation, quotes and brackets alone": ("-", "--", "...", "?", "''", '""', "{}", "[]", "()"),
    "words in a row, up to nine": ("null undefined", "undefinednull", "NaN-NaN-NaN", "userId:undefined"),
    "words for nothing after what code puts before an id": ("user-undefined", "auth0|null", "id: None"),
    "percent-encoded text and HTML entities of any of these": (
        "%5Bobject%20Object%5D",
        "&nbsp;",
        "&quot;null&quot;",
    ),
    "wrappers, types and literals of nothing": (
        *("Optional(nil)", "Some(None)", "Ok(None)", "Optional(Optional(nil))", "UUID(0)"),
        *("ObjectId('000000000000000000000000')", "b'None'"),
    ),
}
PRINTED_SAMPLES: Mapping[str, Sequence[str]] = {
    "JavaScript's objects": ("[object Object]", "[object Promise]", "user-[object Object]"),
    "JavaScript's functions and classes as they are logged": (
        "[Function: getId]",
        "[class User]",
        "[Circular]",
    ),
    "source text of functions": ("function () { return id }", "() => user.id", "class User {}"),
    "symbols": ("Symbol(id)",),
    "objects with their content": (
        *("Promise { <pending> }", '{"id":42}', "{id=42}", "User { id: 42 }", "User{id=42}", "User(id=42)"),
        *("map[id:42]",),
    ),
    "lists": ('["42"]', "[42]", "[1,2]"),
    "Ruby's and Elixir's objects": ("#<User:0x000055d0c8>", "#PID<0.1.0>"),
    "Python's and Objective-C's objects": (
        "<User object at 0x7f12ab>",
        "<class 'NoneType'>",
        "<lambda>",
        "<NSObject: 0x6000>",
    ),
    "Java's objects": ("java.lang.Object@1b2c3d", "app.User@6d06d69c", "User@6d06d69c", "[B@1b2c3d4e"),
    ".NET's types": ("System.Object", "System.String[]"),
    "PHP's objects, and arrays": ("Array ( [0] => 1 )", "array(1)", "object(stdClass)#1 (0) {}"),
    "Perl's and Lua's references": ("HASH(0x55d0c8)", "table: 0x55d0c8"),
    "Dart's objects": ("Instance of 'User'",),
    "Smalltalk's objects": ("an instance of User",),
    "Go's failures to print": ("%!s(<nil>)",),
    "errors": ("TypeError: x is undefined",),
    "escapes of blanks, and a database's null": (r"\N", r"\n"),
    "unfilled templates": (
        *("{{user.id}}", "${userId}", "#{user.id}", "<%= id %>", "%user_id%", "<userId>", ":userId", "%s"),
    ),
}
SAMPLES: Mapping[str, Sequence[str]] = {**BY_RULE, **PRINTED_SAMPLES}
