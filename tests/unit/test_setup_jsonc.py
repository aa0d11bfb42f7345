"""One value into a JSON text: the rest keeps every byte."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pippy_lsp.setup import jsonc

PATH = ("servers", "python")
VALUE = {"command": ["pippy-lsp"]}

# id, the text before, the text after
CASES = [
    ("empty", "", '{\n  "servers": {\n    "python": {}\n  }\n}\n'),
    ("empty object", "{}", '{\n  "servers": {\n    "python": {}\n  }\n}'),
    ("blank lines", "\n\n", '{\n  "servers": {\n    "python": {}\n  }\n}\n'),
    (
        "another server",
        '{\n    "servers": {\n        "c": {"a": [1]}\n    }\n}\n',
        '{\n    "servers": {\n        "c": {"a": [1]},\n        "python": {}\n    }\n}\n',
    ),
    (
        "comments",
        '{\n  // mine\n  "a": 1 // one\n  /* end */\n}\n',
        '{\n  // mine\n  "a": 1, // one\n  /* end */\n  "servers": {\n    "python": {}\n  }\n}\n',
    ),
    (
        "a comma at the end",
        '{\n  "a": [1, 2,],\n}\n',
        '{\n  "a": [1, 2,],\n  "servers": {\n    "python": {}\n  }\n}\n',
    ),
    ("in one line", '{"a": 1}', '{"a": 1, "servers": {"python": {}}}'),
    (
        "there already, otherwise",
        '{"servers": {"python": {"command": ["pylsp"]}, "c": 1}}',
        '{"servers": {"python": {}, "c": 1}}',
    ),
    ("there already, the same", '{"servers":{"python":{ }}}', '{"servers":{"python":{ }}}'),
    (
        "Windows' line ends",
        '{\r\n\t"a": 1\r\n}\r\n',
        '{\r\n\t"a": 1,\r\n\t"servers": {\r\n\t\t"python": {}\r\n\t}\r\n}\r\n',
    ),
    (
        "signs in texts",
        '{\n  "a": "// no /* comment */ ,}"\n}\n',
        '{\n  "a": "// no /* comment */ ,}",\n  "servers": {\n    "python": {}\n  }\n}\n',
    ),
    ("twice the key", '{"servers": 1, "servers": {}}', None),
]


@pytest.mark.parametrize(("before", "after"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_put(before: str, after: str | None) -> None:
    made = jsonc.put(before, PATH, {})
    if after is not None:
        assert made == after
    assert jsonc.put(made, PATH, {}) == made


# id, the text, the line of the mistake
WRONG = [
    ("no end", '{\n  "a": 1\n', 3),
    ("no JSON", "[general]\n", 1),
    ("a list", "[]", 1),
    ("on the way", '{\n "servers": []\n}', 2),
    ("two values", "{}\n{}", 2),
    ("a comment without end", "{} /* ", 1),
    ("single quotes", "\n{'a': 1}", 2),
]


@pytest.mark.parametrize(("text", "line"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_what_is_no_json(text: str, line: int) -> None:
    with pytest.raises(jsonc.JsonError) as raised:
        jsonc.put(text, PATH, VALUE)
    assert raised.value.line == line


KEYS = st.text(max_size=4)
TREES = st.dictionaries(
    KEYS,
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


@given(TREES, st.sampled_from([None, 1, 4, "\t"]))
def test_nothing_else_changes(tree: dict[str, object], indent: int | str | None) -> None:
    tree.pop("servers", None)
    text = json.dumps(tree, indent=indent)
    made = json.loads(jsonc.put(text, PATH, VALUE))
    assert made == {**tree, "servers": {"python": VALUE}}
