"""One small program for each mistake that has a name: its cause and its line."""

from __future__ import annotations

import sys

import pytest

from pippy_lsp import prompts
from pippy_lsp.teaching.problems import Problem, problems

# code | line | a word of the sentence | the program; lines are separated by ` ¶ `
TABLE = r"""
prompt | 2 | `>>>` | x = 1 ¶ >>> print(x)
look-alike | 1 | `÷` | print(8 ÷ 2)
look-alike | 2 | `，` | x = 1 ¶ print(x， 2)
look-alike | 1 | `≥` | if 3 ≥ 2: ¶     print("yes")
curly-quotes | 1 | bent | print(‹hello›)
semicolon | 1 | `;` | scores = [3; 4; 5]
extra-semicolon | 1 | `;` | while True:; ¶     pass
extra-comma | 2 | comma | a = 1 ¶ print(a, , 2)
extra-comma | 1 | comma | from random import randint,
dict-equal | 1 | colon | ages = {"Ada" = 12, "Tim" = 11}
leading-zero | 1 | `7` | x = 007
walrus-alone | 1 | `:=` | lives := 3
hyphen-name | 1 | `my_score` | my-score = 3
extra-dot | 1 | dot | print.("hello")
extra-dot | 2 | dot | def f(): ¶     ....
import-and | 1 | commas | from random import randint and choice
missing-comma | 1 | comma | from random import randint choice
missing-comma | 2 | comma | pets = {"cat": 1, ¶     "dog": 2 ¶     "cow": 3}
missing-comma | 2 | comma | pets = ["cat", ¶     cat ¶     dog]
missing-comma | 1 | comma | def area(width height): ¶     pass
except-many | 3 | brackets | try: ¶     x = 1 ¶ except ValueError, TypeError as e: ¶     pass
else-place | 3 | `else`; line 1 | if 1 > 2: ¶     print("a") ¶     else: ¶         print("b")
quote-inside | 1 | `"` | print('I can't swim')
quote-inside | 1 | `'` | print("say "hi" to me")
backslash-quote | 1 | `\` | folder = "games\"
unopened-bracket | 1 | `(` | int"3")
unopened-bracket | 1 | `{` | ages = "Ada": 12}
unopened-bracket | 1 | `[` | pets = "cat", "dog"]
unopened-quote | 1 | `'` | pets = {cat': 1}
unclosed-bracket | 1 | `)` | print((1 + 2) ¶ x = 3 ¶ print(x))
missing-in | 1 | `in` | for a, b pairs: ¶     print(a)
def-brackets | 1 | brackets | def add a, b: ¶     return a + b
print-brackets | 1 | brackets | print len('''a long ¶ text''')
side-by-side | 2 | `equal` | x = 3 ¶ if x is equal to 3: ¶     pass
print-text | 1 | quote marks | print hello there!
foreign-word | 1 | `var` | if var x := 3: ¶     pass
misspelled-keyword | 1 | `for` | is i in range(3): ¶     print(i)
wrong-sign | 1 | `**` | print(2 * * 3)
wrong-sign | 1 | `/` | print(3 \ 4)
empty-block | 1 | nothing | while True: # for ever ¶     # later
keyword-as-name | 1 | `class` | class = 3
keyword-as-name | 2 | `None` | x = 1 ¶ None = x
keyword-as-name | 1 | `in` | def f(in): ¶     pass
keyword-as-name | 1 | `is` | def is(): ¶     pass
keyword-as-name | 3 | `from` | class A: ¶     x = 1 ¶ A.from = 3
name-digit | 1 | `2cool` | 2cool = 3
name-digit | 1 | `3jump` | 3jump = 3
name-digit | 1 | `2be` | def 2be(): ¶     pass
number-digits | 1 | `0x1fg` | x = 0x1fg
number-digits | 1 | `0b12` | x = 0b12
number-i | 1 | `2j` | x = 2i
number-exponent | 1 | `2e` | x = 2e
number-name | 1 | `3 * x` | print(3x)
assign-to-call | 1 | `input()` | input() = 3
assign-to-number | 2 | `5` | x = 1 ¶ 5 = 6
assign-to-text | 1 | `"name"` | "name" = "Ada"
assign-to-text | 1 | `f"x"` | f"x" = 3
assign-to-sum | 1 | `x + 1` | x + 1 = 3
assign-to-value | 1 | `{1: 2}` | {1: 2} = 3
assign-to-value | 1 | `1 if x else y` | 1 if x else y = 3
assign-in-brackets | 1 | `==` | x = (y = 3)
del-what | 1 | `print()` | del print()
for-target | 1 | `"c"` | for "c" in "cat": ¶     pass
walrus-loop | 1 | `i` | [(i := 0) for i in range(3)]
walrus-left | 1 | `3` | print((3 := 1))
named-text | 1 | `"end"` | print("hi", "end"="")
named-twice | 1 | `end` | print("hi", end="", end="!")
named-order | 1 | `"b"` | print("a", end="", "b")
generator-brackets | 1 | `for` | print(sum(i for i in range(3), 1))
star-alone | 1 | `*` | x = *y
side-by-side | 1 | `age` | years = old age
def-name-missing | 1 | name | def (x): ¶     pass
def-name-wrong | 1 | `"hi"` | def "hi"(): ¶     pass
def-name-wrong | 1 | `say-hi` | def say-hi(): ¶     pass
class-name-missing | 1 | class | class: ¶     pass
def-parameter | 1 | `"x"` | def f("x"): ¶     pass
def-parameter | 1 | `a.b` | def f(a.b): ¶     pass
def-parameter | 1 | `(a, b)` | def f((a, b)): ¶     pass
def-twice | 1 | `a` | def f(a, a): ¶     pass
def-order | 1 | `b` | def f(a=1, b): ¶     pass
def-after-stars | 1 | `b` | def f(**a, b): ¶     pass
def-two-stars | 1 | `*` | def f(*a, *b): ¶     pass
def-slash | 1 | `/` | def f(*a, /): ¶     pass
def-star-alone | 1 | `*` | def f(a, *): ¶     pass
def-star-alone | 1 | `**` | def f(**): ¶     pass
lambda-brackets | 1 | `lambda` | add = lambda (a, b): a + b
global-late | 4 | `score` | score = 1 ¶ def f(): ¶     score = 2 ¶     global score
global-parameter | 2 | `x` | def f(x): ¶     global x
global-both | 3 | `x` | x = 1 ¶ def f(): ¶     global x ¶     nonlocal x
global-typed | 3 | `x` | def f(): ¶     global x ¶     x: int = 3
nonlocal-nothing | 2 | `x` | def f(): ¶     nonlocal x
nonlocal-outside | 1 | `nonlocal` | nonlocal x
condition-empty | 1 | `while` | while: ¶     pass
for-empty | 1 | NAME | for: ¶     pass
with-empty | 1 | `with` | with: ¶     pass
else-alone | 2 | `else` | x = 1 ¶ else: ¶     pass
except-alone | 1 | `except` | except ValueError: ¶     pass
try-alone | 3 | line 1 | try: ¶     x = 1 ¶ print(x)
break-outside | 2 | `break` | if 1 > 2: ¶     break
break-outside | 1 | `continue` | continue
return-outside | 1 | `return` | return 3
raise-many | 1 | `raise` | raise ValueError, "no"
import-as | 1 | `as` | from math import (sin, cos) as maths
import-order | 1 | from BOX | import a.b, c.d from e.f
future-first | 2 | first | import math ¶ from __future__ import annotations
future-unknown | 1 | `__future__` | from __future__ import teleport
shell-command | 1 | terminal | pip install pygame
prose | 1 | plain words | This is my first game!
unclosed-triple | 1 | `'''` | text = '''once ¶ upon a time
backslash-path | 1 | `r` | file = "C:\Users\ada"
text-letters | 1 | `bf` | x = bf"hi"
f-text-brackets | 1 | `{` | print(f"{1 + 2")
f-text-value | 1 | `{` | print(f"{}")
dict-value | 1 | `"b"` | x = {"a": 1, "b":}
dict-colon | 1 | `"b"` | x = {"a": 1, "b"}
block-in-brackets | 2 | `for` | x = [ ¶     for i in range(3): ¶     i ¶ ]
call-square | 1 | `sum` | print(sum[i for i in range(3)])
comprehension-pair | 1 | `for` | x = [i, i + 1 for i in range(3)]
comprehension-else | 1 | `else` | x = [i if i > 1 for i in range(3)]
comprehension-order | 1 | `for` | x = [i for i in range(3) if i > 1 else 0]
empty-index | 2 | `[0]` | x = [1] ¶ print(x[])
two-signs | 1 | `*/` | print(3 */ 4)
sign-at-end | 1 | `+` | x = 3 +
backslash | 1 | `\` | print(\n)
backquote | 1 | quote mark | x = `3`
fraction | 1 | `½` | x = ½
strange-char | 1 | `$` | price = 3$
strange-char | 1 | `🐢` | 🐢 = 3
"""
ROWS = [[part.strip() for part in line.split("|", 3)] for line in TABLE.strip().splitlines()]


def syntax(program: str) -> Problem:
    """The one problem of a program that can't be read."""
    (found,) = [each for each in problems(program) if not each.is_name]
    return found


@pytest.mark.parametrize(
    ("code", "line", "words", "text"), ROWS, ids=[f"{row[0]}: {row[3]}" for row in ROWS]
)
def test_the_cause_and_the_line(code: str, line: str, words: str, text: str) -> None:
    program = text.replace(" ¶ ", "\n") + "\n"
    found = syntax(program)
    assert (found.code, found.values["line"]) == (code, int(line))
    assert found.severity == "error"
    start = program.count("\n", 0, found.start) + 1
    assert start <= int(line) <= program.count("\n", 0, found.end) + 1
    sentence = prompts.messages("en").say(found.key, **found.values)
    for word in words.split(";"):
        assert word.strip() in sentence
    assert f"ine {line}" in sentence
    spanish = prompts.messages("es").say(found.key, **found.values)
    assert f"ínea {line}" in spanish


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="Python can read it since 3.12")
def test_a_backslash_in_an_f_text() -> None:
    assert syntax("""print(f"{'\\n'.join(names)}")\n""").code == "f-text-backslash"


@pytest.mark.parametrize(("depth", "code"), [(25, "blocks-deep")])
def test_too_deep(depth: int, code: str) -> None:
    lines = [f"{' ' * level}while x:" for level in range(depth)]
    program = "\n".join([*lines, f"{' ' * depth}pass"])
    assert syntax(f"x = 1\n{program}\n").code == code


def test_too_many_brackets() -> None:
    assert syntax(f"x = {'(' * 250}1{')' * 250}\n").code == "brackets-deep"


def test_a_long_program_is_repaired_as_a_whole() -> None:
    rest = "".join(f"x{i} = {i}\nif x{i} > 3:\n    print(x{i})\n" for i in range(60))
    program = f"{rest}if x1 = 3:\n    print(x1)\n{rest}"
    found = syntax(program)
    assert found.code == "assign-in-condition"
    assert found.repaired == program.replace("x1 = 3:", "x1 == 3:")
