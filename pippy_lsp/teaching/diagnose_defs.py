"""Mistakes in what makes functions and classes, and in `global`."""

from __future__ import annotations

import keyword
from collections.abc import Iterator

from pippy_lsp.teaching.diagnosis import Finding, Rule, at, groups, says, source, split
from pippy_lsp.teaching.lexer import Token
from pippy_lsp.teaching.repair import Case

_STARS = ("*", "**")


def _def(case: Case) -> tuple[Token, ...]:
    """The statement from its `def` on; () where it has none."""
    found = case.statement
    if len(found) > 1 and found[0].text == "async":
        found = found[1:]
    return found if found and found[0].text == "def" else ()


def name_of_def(case: Case) -> Iterator[Finding]:
    """`def :`, `def 2be():`, `def "hi"():`, `def pass():`, `def a.b():`."""
    found = _def(case)
    if not found:
        return
    name = found[1] if len(found) > 1 else None
    after = found[2] if len(found) > 2 else None  # noqa: PLR2004
    if name is None or name.text in (":", "("):
        yield at("def-name-missing", found[0])
    elif name.kind == "number" and after and after.start == name.end and after.kind == "name":
        yield at("name-digit", name, after, name=source(case, [name, after]))
    elif name.kind in ("string", "number"):
        yield at("def-name-wrong", name, name=name.text)
    elif keyword.iskeyword(name.text):
        yield at("keyword-as-name", name, word=name.text)
    elif after and after.text in (".", "-"):
        end = found[3] if len(found) > 3 else after  # noqa: PLR2004
        yield at("def-name-wrong", name, end, name=source(case, [name, end]))


def name_of_class(case: Case) -> Iterator[Finding]:
    """`class:`."""
    found = case.statement
    if found and found[0].text == "class" and (len(found) == 1 or found[1].text in (":", "(")):
        yield at("class-name-missing", found[0])


def _parameters(case: Case) -> list[list[Token]]:
    """What is between the commas in the brackets of a `def`; an empty end is left out."""
    found = _def(case)
    group = next(groups(found), None) if found else None
    if group is None or group.opener not in found[1:3]:
        return []
    parts = split(group.inside)
    return parts[:-1] if not parts[-1] else parts


def parameter(case: Case) -> Iterator[Finding]:
    """`def f("1"):`, `def f(x.y):`, `def f(a + b):`, `def f(*None):`, `def f(**):`."""
    for part in _parameters(case):
        bare = part[1:] if part and part[0].text in _STARS else part
        if part and part[0].text == "**" and not bare:
            yield at("def-star-alone", part[0], star=part[0].text)
        if not bare or bare[0].text == "/":
            continue
        if keyword.iskeyword(bare[0].text):
            yield at("keyword-as-name", bare[0], word=bare[0].text)
        elif bare[0].kind != "name" or (len(bare) > 1 and bare[1].text not in ("=", ":")):
            if len(bare) > 1 and bare[0].kind == bare[1].kind == "name":
                yield at("missing-comma", bare[0], bare[1])
            else:
                yield at("def-parameter", *bare, part=source(case, bare))


def parameters_in_order(case: Case) -> Iterator[Finding]:
    """`def f(a, a):`, `def f(a=1, b):`, `def f(**k, a):`, `def f(*a, *b):`, `def f(*a, /):`."""
    seen: set[str] = set()
    stars = slash = default = False
    parts = _parameters(case)
    for place, part in enumerate(parts):
        if not part:
            continue
        name = part[1].text if part[0].text in _STARS and len(part) > 1 else part[0].text
        if place and parts[place - 1] and parts[place - 1][0].text == "**":
            yield at("def-after-stars", *part, part=source(case, part))
        if part[0].text == "/" and (stars or slash):
            yield at("def-slash", *part)
        if part[0].text == "*" and stars:
            yield at("def-two-stars", *part)
        if part == parts[-1] and part[0].text == "*" and len(part) == 1:
            yield at("def-star-alone", *part, star="*")
        if name in seen and name not in ("/", "*"):
            yield at("def-twice", *part, name=name)
        if default and not stars and part[0].kind == "name" and not _has_default(part):
            yield at("def-order", *part, name=name)
        seen.add(name)
        stars, slash = stars or part[0].text == "*", slash or part[0].text == "/"
        default = default or _has_default(part)


def _has_default(part: list[Token]) -> bool:
    return any(token.text == "=" for token in part)


def lambda_brackets(case: Case) -> Iterator[Finding]:
    """`lambda (a, b): a + b`."""
    found = case.statement
    for place, token in enumerate(found[:-1]):
        if token.text == "lambda":
            for after in found[place + 1 :]:
                if after.text == ":":
                    break
                if after.text == "(":
                    yield at("lambda-brackets", token, after)
                    break


# Python's words, the code; the name is what they quote.
_GLOBALS = [
    (r"name '(?P<name>\w+)' is (?:assigned to before|used prior to) (?P<word>\w+)", "global-late"),
    (r"name '(?P<name>\w+)' is parameter and (?P<word>\w+)", "global-parameter"),
    (r"name '(?P<name>\w+)' is nonlocal and global", "global-both"),
    (r"annotated name '(?P<name>\w+)' can't be (?P<word>\w+)", "global-typed"),
    (r"no binding for nonlocal '(?P<name>\w+)'", "nonlocal-nothing"),
    (r"nonlocal declaration not allowed at module level", "nonlocal-outside"),
]


def globals_(case: Case) -> Iterator[Finding]:
    """What only the compiler knows of `global` and `nonlocal`."""
    for pattern, code in _GLOBALS:
        if (match := says(case, pattern)) and case.statement:
            yield at(code, case.statement[0], case.statement[-1], **match.groupdict())


RULES: list[Rule] = [
    name_of_def,
    name_of_class,
    parameter,
    parameters_in_order,
    lambda_brackets,
    globals_,
]
