# ruff: noqa: E501 - a table
"""Small broken programs, one for each mistake: id | line (from 1) that stops | words | the program.

The words are in the explanation whatever the Python; lines of the program are separated by ` ¶ `
and spaces at a line's start are kept.
"""

from __future__ import annotations

from typing import NamedTuple


class Broken(NamedTuple):
    """One program, the line that its error is about, and words of the explanation."""

    line: int
    words: tuple[str, ...]
    source: str


TABLE = r"""
name | 2 | `scroe`; `score`; Did you mean | score = 3 ¶ print(scroe)
name, case | 2 | `Score`; `score` | score = 3 ¶ print(Score)
name, nothing near | 1 | `xyzzy`; value first | print(xyzzy)
name, no quotes | 1 | `Hello` | print(Hello)
name of a module | 1 | `random` | print(random.randint(1, 6))
unbound | 3 | `points`; `points` a value first | points = 0 ¶ def win(): ¶     points = points + 1 ¶ win()
sum of number and text | 2 | `+`; `age`; a whole number; a text | age = 12 ¶ print(age + " years")
text and number | 2 | only to a text; a whole number; `str(age)` | age = 12 ¶ print("I am " + age)
text minus number | 2 | `-`; `x`; a text; a whole number | x = "5" ¶ print(x - 2)
none plus number | 3 | `+`; nothing (`None`); a whole number | def two(): ¶     print(2) ¶ print(two() + 1)
list and number | 1 | a list; a whole number | print([1] + 2)
augmented | 2 | only to a text; a whole number | text = "a" ¶ text += 1
text times text | 1 | copies; a text | print("a" * "b")
power | 1 | `**`; a text; a whole number | print("2" ** 2)
compare | 2 | `<`; `age`; a text; a whole number | age = "12" ¶ print(age < 18)
too many values | 3 | `add`; takes 2 and got 3; line 1; `a, b` | def add(a, b): ¶     return a + b ¶ add(1, 2, 3)
too few values | 3 | `add`; 'b'; line 1; `a, b` | def add(a, b): ¶     return a + b ¶ add(1)
two missing | 3 | `add`; 'a' and 'b' | def add(a, b): ¶     return a + b ¶ add()
takes nothing | 3 | `hi`; takes 0 and got 1 | def hi(): ¶     print("hi") ¶ hi(1)
self forgotten | 4 | takes 0 and got 1; `Cat()`; `self` | class Cat: ¶     def meow(): ¶         print("miau") ¶ Cat().meow()
init misspelled | 4 | `Cat`; `__init__` | class Cat: ¶     def _init_(self, name): ¶         self.name = name ¶ Cat("Tom")
unknown keyword | 3 | `size`; `hi` | def hi(name): ¶     print(name) ¶ hi(size=3)
keyword of print | 1 | `ends` | print("a", ends="")
twice | 3 | `name`; two values | def hi(name): ¶     print(name) ¶ hi("a", name="b")
too much for input | 1 | `input`; `+` | name = input("a", "b")
too much for len | 1 | `len` | print(len("a", "b"))
number called | 2 | `price`; a whole number | price = 3 ¶ print(price(2))
text called | 2 | `print`; a text; line 1; another name | print = "x" ¶ print("hello")
missing sign | 2 | `x`; Line 1; `*` | x = 3 ¶ print(x (4))
none subscript | 3 | `best`; nothing (`None`); `names.sort()`; line 2 | names = ["b", "a"] ¶ best = names.sort() ¶ print(best[0])
none walked | 3 | `order`; `names.reverse()`; line 2 | names = ["b", "a"] ¶ order = names.reverse() ¶ for n in order: ¶     print(n)
none append | 3 | `words`; `append`; `words.append("b")`; line 2 | words = ["a"] ¶ words = words.append("b") ¶ words.append("c")
none of own function | 4 | `total`; `upper`; `double(4)`; line 3 | def double(n): ¶     print(n * 2) ¶ total = double(4) ¶ total.upper()
square brackets for print | 1 | `print`; `(` | print["hello"]
number subscript | 2 | `n`; a whole number | n = 5 ¶ print(n[0])
number walked | 2 | `n`; a whole number; `range(n)` | n = 5 ¶ for i in n: ¶     print(i)
in a number | 2 | `n`; a whole number; `in` | n = 5 ¶ print(3 in n)
list by text | 2 | `"a"`; a text; a list | names = ["a"] ¶ print(names["a"])
text by text | 2 | a text; whole number | name = "abc" ¶ print(name["a"])
list by float | 2 | a number with a point | names = ["a", "b"] ¶ print(names[2 / 2])
len of a number | 2 | `len`; `n`; a whole number | n = 5 ¶ print(len(n))
text changed | 2 | `name`; a text | name = "abc" ¶ name[0] = "x"
tuple changed | 2 | `t`; a tuple | t = (1, 2) ¶ t[0] = 3
list as a key | 1 | A list; key | d = {[1]: 2}
int of a list | 1 | `int`; `[1]`; a list | int([1])
range of text | 2 | `n`; a text; `int(...)` | n = "3" ¶ for i in range(n): ¶     print(i)
range of float | 1 | a number with a point | for i in range(2.5): ¶     print(i)
minus a text | 1 | a text; number | print(-"5")
percent | 2 | `%` | x = "5" ¶ print(x % 2)
join numbers | 1 | `join`; item 0; a whole number | print(",".join([1, 2]))
unpack a number | 1 | `5`; a whole number | a, b = 5
none attribute in a call | 3 | `upper`; nothing (`None`) | def f(): ¶     pass ¶ f().upper()
list add | 2 | `xs`; a list; `add` | xs = [] ¶ xs.add(1)
text push | 2 | `s`; a text; `uper`; `upper` | s = "a" ¶ s.uper()
number append | 2 | `n`; a whole number; `append` | n = 1 ¶ n.append(2)
module member | 2 | `random`; `randit`; `randint` | import random ¶ print(random.randit(1, 6))
own attribute | 4 | `cat`; `age` | class Cat: ¶     pass ¶ cat = Cat() ¶ print(cat.age)
int of a word | 1 | `'abc'`; no number | int("abc")
int of a point | 1 | `'3.5'`; point; `float(...)` | int("3.5")
int of nothing | 1 | empty | int("")
float of a word | 1 | `'1,5'`; comma | float("1,5")
too many to unpack | 1 | 2 names; `[1, 2, 3]` | a, b = [1, 2, 3]
too few to unpack | 1 | 3 names; only 2 | a, b, c = 1, 2
remove | 2 | not in the list | xs = [1] ¶ xs.remove(5)
index of | 2 | not in the list | xs = [1] ¶ xs.index(5)
substring | 1 | does not have the part | "abc".index("x")
square root | 2 | below 0 | import math ¶ math.sqrt(-1)
empty max | 1 | `max`; empty | max([])
randint backwards | 2 | small number first | import random ¶ random.randint(6, 1)
choice of nothing | 2 | empty | import random ¶ random.choice([])
closed file | 3 | closed | f = open(__file__) ¶ f.close() ¶ f.read()
index | 2 | `scores`; 3 things; number 2; `3` | scores = [4, 5, 6] ¶ print(scores[3])
index in a loop | 3 | `scores`; `i` | scores = [4, 5, 6] ¶ for i in range(4): ¶     print(scores[i])
index of a text | 2 | `name`; `9` | name = "abc" ¶ print(name[9])
index of two | 3 | place | b = [0, 0, 0, 0, 0, 9] ¶ a = [1] ¶ print(a[b[5]])
index assigned | 2 | `xs`; `0` | xs = [] ¶ xs[0] = 1
pop of nothing | 2 | `xs`; empty; `pop` | xs = [] ¶ xs.pop()
format | 1 | `{}` | print("{} {}".format(1))
key | 2 | `ages`; `'Tim'`; `'tim'` | ages = {"tim": 3} ¶ print(ages["Tim"])
key, nothing near | 2 | `ages`; `'xyzzy'`; spelled | ages = {"tim": 3} ¶ print(ages["xyzzy"])
key number | 2 | `d`; `3` | d = {1: 2} ¶ print(d[3])
division | 2 | `n`; divide by 0 | n = 0 ¶ print(10 / n)
remainder | 2 | `n`; divide by 0 | n = 0 ¶ print(10 % n)
overflow | 2 | too big | import math ¶ math.exp(9999)
recursion | 2 | `f`; never stops | def f(n): ¶     return f(n + 1) ¶ f(1)
end of file | 1 | `input()` | name = input("Name? ")
assert | 2 | `x > 3` | x = 1 ¶ assert x > 3
next | 1 | none left | next(iter([]))
dictionary in a loop | 2 | a copy | d = {1: 2} ¶ for k in d: ¶     d[k + 1] = 3
module with a slip | 1 | `randm`; `random` | import randm
module not there | 1 | `xyzzyx`; installed | import xyzzyx
import a name | 1 | `random`; `randit`; `randint` | from random import randit
no file | 1 | `'nofile.txt'`; folder | open("nofile.txt")
own error | 3 | `Oh`; `too late` | class Oh(Exception): ¶     pass ¶ raise Oh("too late")
own error alone | 3 | `GameOver` | class GameOver(Exception): ¶     pass ¶ raise GameOver
chained | 4 | divide by 0 | try: ¶     int("a") ¶ except ValueError: ¶     print(1 / 0)
in a library | 2 | no number to choose | import random ¶ random.randrange(5, 5)
in a function | 2 | `xs`; no place number `i` | def last(xs, i): ¶     return xs[i] ¶ print(last([1], 3))
colon missing | 1 | colon | if 3 > 2 ¶     print(1)
text not closed | 1 | no end | print("hello)
bracket not closed | 1 | `(` | print((1 + 2) ¶ x = 1
bracket too many | 1 | `)` | print(1))
equals in a condition | 2 | One `=` | x = 3 ¶ if x = 3: ¶     print(x)
old print | 1 | brackets | print "hello"
return outside | 1 | `return`; function | return 5
break outside | 1 | `break`; loop | break
value on the left | 1 | left | 5 = x
sign of another alphabet | 1 | `“` | print(“hello”)
digit first | 1 | digit | 2x = 3
not indented | 2 | further in | if 3 > 2: ¶ print(1)
indented for nothing | 2 | further in | x = 1 ¶     y = 2
back to no line | 3 | start | if 3 > 2: ¶         x = 1 ¶     y = 2
tabs and spaces | 3 | tabs | if 3 > 2: ¶         x = 1 ¶ \ty = 2
"""


def _row(line: str) -> tuple[str, Broken]:
    name, number, words, source = line.split(" | ", 3)
    lines = source.replace(r"\t", "\t").split(" ¶ ")
    return name, Broken(int(number), tuple(words.split("; ")), "\n".join(lines) + "\n")


BROKEN = dict(_row(line) for line in TABLE.strip().splitlines())
