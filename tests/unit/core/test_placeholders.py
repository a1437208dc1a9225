"""Which ids name nobody, and which only look like it."""
# ruff: noqa: RUF001 - letters of other widths and alphabets are what this is about

import string
from collections.abc import Callable
from hashlib import md5, sha1, sha256
from html import escape
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.core.placeholder_words import DEFAULTS, WORDS
from relay.core.placeholders import bare, folded, is_placeholder

NOTHING = (
    *("undefined", "null", "NULL", "None", "nil", "Nil", "NaN", "nan", "undef", "nullptr", "void", "Nothing"),
    *("DBNull", "NoneType", "Infinity", "-Infinity", "N/A", "n.a.", "#N/A", "NA", "na?", "unset", "not set"),
    *(
        "not_set",
        "not-set",
        "NotSet",
        "NOT SET",
        "(not set)",
        "(null)",
        "<null>",
        "<nil>",
        "[null]",
        "{null}",
    ),
    *("'null'", '"null"', "`null`", '\\"null\\"', "'\"undefined\"'", "\u201cnull\u201d", "\u00abnull\u00bb"),
    *("--None--", "_none_", "null;", "null,", "(null).", "#NULL!", "unknown", "Unknown User", "anonymous"),
    *("AnonymousUser", "anonymousUser", "guest", "GUEST", "nobody", "not_authenticated", "distinct_id"),
    *("distinctid", "id", "email", "unbekannt", "anónimo", "ANÓNIMO", "НЕИЗВЕСТНО", "匿名"),
    *("undefined undefined", "undefined-undefined", "undefined_undefined", "undefinedundefined", "null@null"),
    *("null|null", "nullnull", "null, null", "lmy47d", "Na", "Anon", "redacted", "$null", "%null%", "#null#"),
    *("null undefined", "undefined:null", "undefinednull", "NaNundefined", "NULL NULL NULL", "(null) (null)"),
    *("[null, undefined]", "NaN-NaN-NaN", "null.null.null.null", "None None", "unknown / unknown", "nil,nil"),
    *(
        "No User, No User ID",
        "N/A N/A",
        "undefined false null",
        "<null> <null>",
        "null___null",
    ),
    *("userId", "user_id", "USER_ID", "User-Id", "userid", "YOUR_USER_ID", "__USER_ID__", "#user_id#"),
    *("anonymousId", "anonymous_id", "groupId", "group_id", "GROUP-ID", "previousId", "PREVIOUS_ID"),
    *("yourUserId", "insert user id here", "account_id", "{{userId}}"),
    *("userId:undefined", "user_id=null", "id: null", "user-undefined", "user_null", "auth0|undefined"),
    *("missing user id", "unknown_user_id", "undefined_user_id", "auth0|null", "group:None", "account/NaN"),
    *("нет", "НЕТ", "なし", "無し", "空", "无", "無", "没有", "없음"),
)
EMPTY = (
    *('""', "''", "``", "{}", "[]", "()", "<>", "{ }", '[""]', "true", "false", "True", "FALSE", "-", "--"),
    *("---", "_", ".", "...", "?", "???", "*", "/", "\u2014", "\u2026", "\uff1f", "\u0301"),
)
BLANK = (
    *("", " ", "\t\n", "\u00a0", "\u200b", "\u2060\u200d", "\u3164", "\u115f\u1160", "\u2800\u2800"),
    *("\ufe0f", "\U000e0100", "\ufeff", "\x00", "\u202e", "\u180e", "\ufffd", "\ufffc", "\u00ad"),
)
OBJECTS = (
    *("[object Object]", "[object object]", "[object Undefined]", "[object Promise]", "[object HTMLElement]"),
    *("user-[object Object]", "[object Object],[object Object]", "Array", "Object", "[Function: getId]"),
    *("[Function (anonymous)]", "[class User]", "[Circular]", "Promise { <pending> }", "Symbol(id)"),
    *("Symbol()", "function () { return id }", "function getId(user) {\n  return user.id\n}"),
    *("async function f() {}", "() => user.id", "async () => 1", "user => user.id", "class User {}"),
    *("class User extends Base {}", "Map(0) {}", "Set(1) { 'a' => 1 }", "User { id: 1 }", "User(id=1)"),
    *('{"id":42}', "{'id': 42}", "{id=42}", "{ Id = 42 }", "&{42 kim}", "map[]", "map[id:42]"),
    *('["42"]', "[42]", "[1,2]", "[[1]]", "[{}]", "System.Object", "System.Guid", "System.String[]"),
    *("System.Collections.Generic.List`1[System.String]", "#<User:0x000055d0c8>", "#PID<0.1.0>"),
    *("#<struct User id=1>", "<User object at 0x7f12ab>", "<__main__.User object at 0x7f12ab>"),
    *("<class 'NoneType'>", "<function f at 0x7f>", "<bound method User.id of x>", "<NSObject: 0x6000>"),
    *("java.lang.Object@1b2c3d", "java.lang.Object@12345678", "[Ljava.lang.String;@1b2c3d4e"),
    *("[B@1b2c3d4e", "stdClass Object", "stdClass Object ( [id] => 7 )", "Array ( )", "array(1)"),
    *("Array(3)", "array([1, 2])", "array('i', [1])", "array(1) { [0]=> int(42) }", "array ( 0 => 1, )"),
    *("Array ( [0] => 1 )", "array(0) { }", "object(stdClass)#1 (0) {}", "User object (None)"),
    *("HASH(0x55d0c8)", "User=HASH(0x55d0c8)", "table: 0x55d0c8", "function: builtin"),
    *("Instance of 'User'", "%!s(<nil>)", "%!d(string=x)", "%User{id: nil}", "Optional(nil)"),
    *('Optional("")', "Optional.empty", "Some(None)", "Some null", "kotlin.Unit", "Error: x is not y"),
    *("Optional(Optional(nil))", "Ok(None)", "Some(Some(null))", "Optional[Optional.empty]", "Right(null)"),
    *("UUID(0)", "new UUID(0, 0)", "uuid.UUID('00000000-0000-0000-0000-000000000000')", "String(undefined)"),
    *("ObjectId('000000000000000000000000')", 'ObjectId("000000000000000000000000")', "ObjectId()", "Id(0)"),
    *("Guid.Empty", "UUID.Empty", "uuid.Nil", "String.Empty", "DBNull.Value", "Invalid Date", "invalid-date"),
    *("NaN-NaN-NaNTNaN:NaN:NaN.NaNZ", "an instance of User", "<lambda>", "<function <lambda> at 0x7f>"),
    *("b'None'", 'b"null"', "b''", "u'undefined'", '@"(null)"', "b'0'", "Some(b'None')", "bytes(0)"),
    *("\\N", "\\n", '"\\N"', "\\r\\n"),
)
# What is one only as it is written: in lower case it would be a name like others.
CASED = (
    *("com.acme.User$Inner@5e91993f", "de.acme.shop.User@1b2c3d", "app.User@6d06d69c", "User@6d06d69c"),
    *("User@1a2b3", "User@00007f8a1c2d3e4f", "User$$Lambda$14/0x0000000800066840@6d06d69c"),
    *("TypeError: x is not y", "java.lang.NullPointerException: null", "Uncaught TypeError: x is not y"),
    *("User{id=42}", "Kim{a:b}", "main.User{ID:42}", "User(id: 42)", "User@6d06d69c[id=42]"),
)
ENCODED = (
    *("%5Bobject%20Object%5D", "%5bobject+Object%5d", "%255Bobject%2520Object%255D", "%20", "%00", "%30"),
    *("%6eull", "not%20set", "%7B%7Buser.id%7D%7D", "%22undefined%22", "%28null%29", "%E2%80%8B", "null%0A"),
    *("&nbsp;", "&#160;", "&quot;null&quot;", "&lt;none&gt;", "%26nbsp%3B", "&amp;nbsp;"),
)
TEMPLATES = (
    *("{{user.id}}", "{{ user_id }}", "user-{{id}}", "${userId}", "user_${id}", "#{user.id}", "<%= id %>"),
    *(
        "{% id %}",
        "[[userId]]",
        "*|EMAIL|*",
        "%%user_id%%",
        "$(user.id)",
        "@{userId}",
        "%user_id%",
        "%USERID%",
    ),
    *("<userId>", "<your user id>", "{userId}", "{user.id}", "[user_id]", ":userId", ":id", "$user_id"),
    *("<YOUR_USER_ID>", "%s", "%d", "%@", "{0}"),
)
ZEROS = (
    *("0", "00", "000", "0.0", "0,0", "-0", "+0", "0.00", "0e0", "0n", "0x0", "0x0000000000000000", "0-0-0"),
    *(
        "-1",
        "-1.0",
        "\u22121",
        "(0)",
        '"0"',
        "'-1'",
        "0:0",
        "0.0.0",
        "0" * 24,
        "0" * 26,
        "0" * 27,
        "0" * 32,
    ),
    *("00000000-0000-0000-0000-000000000000", "{00000000-0000-0000-0000-000000000000}"),
    *("urn:uuid:00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "f" * 32),
    *("f" * 24, "7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "aWgEPTl1tmebfsQzFP4bxwgy80V", "2147483647", "-2147483648"),
    *("4294967295", "9223372036854775807", "-9223372036854775808", "9223372036854775808"),
    *("9223372036854776000", "9.223372036854776e+18", "18446744073709551615", "02:00:00:00:00:00"),
)
ALIKE = (
    "ｎｕｌｌ",
    "Ｎｕｌｌ",
    "ⓝⓤⓛⓛ",
    "un\u200bdefined",
    "n\ufe0full",
    "０",
    "－１",
    "not\u00a0set",
    "not  set",
)
PLACEHOLDERS = (*NOTHING, *EMPTY, *BLANK, *OBJECTS, *TEMPLATES, *ZEROS, *ALIKE, *ENCODED)
REAL = (
    *(
        "user-null-7",
        "nullable",
        "Nullson",
        "Null Island",
        "Nilsson",
        "nan-7",
        "Nana",
        "nana",
        "Anan",
        "naN7",
    ),
    *("undefined-7", "undefinedx", "none-of-your-business", "Voidwalker", "guest-123", "Guest House 7"),
    *("anon-1", "anonymous-42", "N/A-1", "na-1", "idx", "id-7", "email-7", "unknown pleasures", "truelove"),
    *("none@example.org", "null@example.com", "undefined@example.net", "0@example.org", "guest@hotel.com"),
    *("1", "10", "42", "00042", "007", "0001", "-2", "-7", "-10", "0.1", "0a", "a0", "u0", "0-1", "1e3"),
    *("2147483646", "2147483648", "4294967294", "9223372036854775806", "1234567890123456789"),
    *("00000000-0000-0000-0000-000000000001", "00000000-0000-4000-8000-000000000000", "0" * 31 + "1"),
    *("ffffffff-ffff-ffff-ffff-fffffffffffe", "f" * 31, "ffffffff", "deadbeef", "0x1a2b3c4d"),
    *("{6F9619FF-8B86-D011-B42D-00CF4FC964FF}", "urn:uuid:6f9619ff-8b86-d011-b42d-00cf4fc964ff"),
    *("507f1f77bcf86cd799439011", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "0ujsswThIGTUYm2K8FjOOfXtY1K"),
    *(
        "user_id_42",
        "userid42",
        "my_user",
        "auth0|5f7c8ec7c33c6c004bbafe82",
        "google-oauth2|1234",
        "user:123",
        "acct/5",
    ),
    *("kim.smith@acme", "bob@123456", "anna.maria.smith@123456", "john.doe@cafe", "user@host.local"),
    *("system.admin", "system.objective", "kim larsen", "o'brien", "O'Neill", "李雷", "ünal", "🦄", "❤️", "€"),
    *("(42)", "[user-7]", "<kim>", "{abc}", "%kim%", "$kim", ":kim", "kim{1}", "100%", "#42", "@kim"),
    *(
        "User object (7)",
        "Optional(42)",
        'Some("kim")',
        "just kim",
        "class-7",
        "class 7b",
        "error-7",
        "array-7",
    ),
    *("symbolic", "functional", "promise", "objective", "mapping", "table-7", "hash(7)", "Just Do It (Club)"),
    *("No", "N", "n", "nan0", "Nullah", "undefinedbehaviour", "null.island", "None-42", "Nil Desperandum"),
    *(
        "Nannan",
        "Na Na",
        "na-na",
        "nullify",
        "nonempty",
        "unknown-42",
        "null-7-null",
        "nobodynose",
    ),
    *(
        "true-id",
        "blank-id",
        "void-email",
        "guest-house",
        "user-nullah",
        "user-guest7",
        "team-null-7",
        "idnull7",
    ),
    *("No User Left Behind", "anonymous.donkey", "nullundefined7", "user:undefined:42", "user-none-42"),
    *("user_42", "user-id-42", "your_user_id_7", "groupid42", "userIdris", "previous_id_1", "valid", "david"),
    *("urn:user:42", "urn:li:person:a1B2", "google-oauth2|1034", "user@tenant", "kim@12345", "A@B", "B@a"),
    *("com.acme.kim@12345", "com.acme.User@12345", "com.acme.kim@6d06d69c", "app.user@6d06d69c", "Kim@AB12F"),
    *(
        "Kim@12345678",
        "Kim@deadbeef",
        "Kim.Larsen@1a2b3c",
        "Kim@1a2b",
        "Kim@6d06d69c.example.com",
        "kim@1a2b3c",
    ),
    *(
        "kim+tag@example.org",
        "kim@example",
        "Kim.Larsen@Example.ORG",
        "acct:kim@example.org",
        "kim%40example.org",
    ),
    *("kim%20larsen", "caf%C3%A9", "50%25", "user%2F42", "a&b", "R&amp;D", "&kim;", "%zz", "100%20", "%41"),
    *(
        "terror: x",
        "mirror: kim",
        "Terror: x",
        "word: text",
        "TERROR: x",
        "kim:error",
        "org{a:b}",
        "kim{a=b}",
    ),
    *("ORG:A", "org:acme", "Array (Kim)", "object(kim)", "map[7]", "#kim<3", "Instance of Beauty", "b'kim'"),
    *(
        "ObjectId('507f1f77bcf86cd799439011')",
        "UUID('6f9619ff-8b86-d011-b42d-00cf4fc964ff')",
        "Id(42)",
        "Ok(42)",
    ),
    *(
        "Right(7)",
        "Optional(Optional(42))",
        "String(kim)",
        "id: 42",
        "userId:42",
        "user_id=42",
        "$kim$",
        "\\kim",
    ),
    *(
        "0ujzPyRiIAffKhBux4PvQdDqMHY",
        "01H8XGJWBWBAQ4Z5M3N7P2Q9RS",
        "cus_NffrFeUfNV2Hib",
        "dXNlcjo0Mg==",
        "a2lt",
    ),
    *(
        "bnVsbGFo",
        "sub_1MowQVLkdIwHu7ixeRlqHVzs",
        "V1StGXR8_Z5jdHi6B-myT",
        "abc/def+ghi=",
        "550e8400e29b41d4",
    ),
    *(
        "нетто",
        "Интернет",
        "空港",
        "无锡",
        "無印",
        "なしこ",
        "山田太郎",
        "Ольга",
        "محمد",
        "김없음",
        "Žižek",
        "Ωmega",
    ),
    *("nordic-void", "acme/null-7", "@null7", "/users/42", "https://example.org/u/42", "#null-42", "$null7"),
    *("a" * 5_000, "0" * 2_000 + "1", "\u200b" * 2_000 + "kim", "kim (" * 500, "[kim" * 500),
)
MACHINE_WORDS = ("null", "undefined", "None", "NaN", "nil", "(null)", "Not Set", "anonymous", "user_id")
JOINTS = (" ", "-", "_", ":", "|", "/", ", ", "@", ".", "+")
FORMS: tuple[Callable[[str], str], ...] = (
    *(str.upper, str.lower, str.title, str.swapcase, str.casefold),
    *("  {}\n".format, "\u00a0{}\u200b".format, '"{}"'.format, "'{}'".format),
)


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_what_clients_send_for_nobody_names_nobody(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize("text", REAL)
def test_what_only_looks_like_it_is_somebodys(text: str) -> None:
    assert not is_placeholder(text)


@given(st.sampled_from(PLACEHOLDERS), st.sampled_from(FORMS[:7]))
def test_case_and_padding_make_nobody_somebody(text: str, form: Callable[[str], str]) -> None:
    assert is_placeholder(form(text))


@pytest.mark.parametrize("text", CASED)
def test_what_languages_print_names_nobody_in_its_own_case_alone(text: str) -> None:
    assert is_placeholder(text)
    assert not is_placeholder(text.lower())
    assert is_placeholder(f"\u00a0{text}\u200b\n")


@given(st.sampled_from((*NOTHING, *EMPTY, *BLANK, *ZEROS)))
def test_percents_and_entities_make_nobody_somebody(text: str) -> None:
    assert is_placeholder(quote(text, safe=""))
    assert is_placeholder(quote(quote(text, safe=""), safe=""))
    assert is_placeholder(escape(text))


@given(st.lists(st.sampled_from(MACHINE_WORDS), min_size=2, max_size=4), st.sampled_from(JOINTS))
def test_any_row_of_words_for_nothing_names_nobody(row: list[str], joint: str) -> None:
    assert is_placeholder(joint.join(row))
    assert not is_placeholder(joint.join([*row, "42"]))


@given(st.sampled_from((*NOTHING, *EMPTY, *BLANK, *ZEROS, *ALIKE)), st.sampled_from(FORMS[7:]))
def test_quotes_make_nobody_somebody(text: str, form: Callable[[str], str]) -> None:
    assert is_placeholder(form(text))


@given(st.sampled_from(REAL), st.sampled_from(FORMS[5:7]))
def test_padding_makes_somebody_nobody_else(text: str, form: Callable[[str], str]) -> None:
    assert not is_placeholder(form(text))


@pytest.mark.parametrize("word", [word for group in (*WORDS.values(), *DEFAULTS.values()) for word in group])
def test_every_word_of_the_lists_names_nobody(word: str) -> None:
    assert word == folded(word)
    assert is_placeholder(word)
    assert is_placeholder(word.upper())


def test_hashes_of_nothing_are_those_of_the_list() -> None:
    hashes = {each(b"").hexdigest() for each in (md5, sha1, sha256)}

    assert hashes == set(WORDS["hashes of nothing (MD5, SHA-1, SHA-256)"])


@given(st.uuids())
def test_a_uuid_is_somebodys_in_every_form(found: object) -> None:
    text = str(found)

    assert not any(map(is_placeholder, (text, text.upper(), text.replace("-", ""), f"{{{text}}}")))


@given(st.integers(min_value=1))
def test_a_number_is_somebodys_unless_it_is_the_end_of_its_type(number: int) -> None:
    ends = {int(text) for group in DEFAULTS.values() for text in group if text.isdigit()}

    assert is_placeholder(str(number)) == (number in ends)


@given(st.text(string.ascii_letters + string.digits, min_size=1, max_size=20), st.integers(1, 10_000))
def test_a_number_after_any_name_tells_people_apart(name: str, number: int) -> None:
    assert not is_placeholder(f"{name}-{number}x")


@given(st.text(max_size=60))
def test_any_text_is_judged_the_same_whatever_is_around_it(text: str) -> None:
    assert is_placeholder(text) == is_placeholder(f" {text}\u200b")


@pytest.mark.parametrize(
    "part",
    [
        *(
            "{",
            "{:",
            '["',
            "a(b=",
            "((",
            "<",
            "[object ",
            "user_",
            "some(",
            "system.",
            "%25",
            "&amp;",
            "a.a.",
        ),
        *("null ", "no user id ", "none", "User(", "b'", "A$", "a.A@", "some ", "array(", "#<", "User {"),
    ],
)
def test_a_text_of_any_length_is_judged(part: str) -> None:
    assert not is_placeholder(f"{part * 100_000}7x")


def test_further_words_are_compared_as_the_built_in_ones_are() -> None:
    more = frozenset({bare("Test User")})

    assert all(
        is_placeholder(text, more) for text in ("test user", "TEST  USER", '"Test User"', "(test user)")
    )
    assert not is_placeholder("test user", frozenset())
    assert not is_placeholder("test user 7", more)


def test_what_is_allowed_goes_before_both_lists_and_only_as_it_is_written() -> None:
    more, allowed = frozenset({"test"}), frozenset({folded("Guest"), "test", "0"})

    assert not any(
        is_placeholder(text, more, allowed) for text in ("guest", " GUEST ", "ｇｕｅｓｔ", "test", "0")
    )
    assert all(is_placeholder(text, more, allowed) for text in ('"guest"', "00", "0.0", "null"))
