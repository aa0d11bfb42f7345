"""What a word does *here*: sentences from the syntax, each true for this very program."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from pippy_lsp.prompts import Messages
from pippy_lsp.teaching import facts, words
from pippy_lsp.teaching.bindings import Binding, FunctionNode, is_function, parameters
from pippy_lsp.teaching.program import Program

_MOST_LINES = 3
"""Lines of a loop that are shown; the rest is counted."""


def loop(say: Messages, program: Program, node: ast.For | ast.AsyncFor) -> Iterator[str]:
    """How often the loop runs, what its name becomes, and which lines are repeated."""
    yield from loop_facts(say, program, node)
    found = facts.rounds(program, node)
    if found is None or len(found.values):
        yield from repeated(say, program, node.body)


def loop_facts(say: Messages, program: Program, node: ast.For | ast.AsyncFor) -> Iterator[str]:
    """How often the loop runs and what its name becomes: nothing that depends on the line."""
    found = facts.rounds(program, node)
    if found is None:
        walked, name = words.code(program.source(node.iter)), program.source(node.target)
        yield say.say("hover-loop-walks", over=walked, name=words.code(name))
    elif not len(found.values):
        yield say.say("hover-loop-none")
    else:
        yield _count(say, found)
        if isinstance(node.target, ast.Name):
            values = words.series(facts.first_few(found.values))
            key = "hover-loop-becomes-early" if found.early else "hover-loop-becomes"
            yield say.say(key, name=words.code(node.target.id), values=values)


def _count(say: Messages, found: facts.Rounds) -> str:
    if found.early:
        return say.say("hover-loop-up-to", count=len(found.values))
    if len(found.values) == 1:
        return say.say("hover-loop-once")
    return say.say("hover-loop-times", count=len(found.values))


def repeated(say: Messages, program: Program, body: Sequence[ast.stmt]) -> Iterator[str]:
    """The lines that run each time."""
    rows = facts.body_lines(program, body)
    if not rows or not program.written(body[0]) or any(row in program.broken for row in rows):
        return
    shown = [words.code(program.lines[row].strip()) for row in rows[:_MOST_LINES]]
    more = " …" if len(rows) > _MOST_LINES else ""
    if len(rows) == 1:
        yield say.say("hover-each-line", line=rows[0] + 1, code=shown[0])
    else:
        yield say.say(
            "hover-each-lines", first=rows[0] + 1, last=rows[-1] + 1, code=", ".join(shown) + more
        )


def branch(say: Messages, program: Program, node: ast.If | ast.While, word: str) -> Iterator[str]:
    """When the lines under `if`, `elif` or `while` run."""
    test = words.code(program.source(node.test))
    if word == "while" and isinstance(node.test, ast.Constant) and node.test.value:
        yield say.say("hover-while-forever")
    else:
        yield say.say(f"hover-{word}", test=test)
    if word == "while":
        yield from repeated(say, program, node.body)


def function(say: Messages, node: FunctionNode) -> Iterator[str]:
    """Where a function of the child's own was made, what it needs, what it says of itself."""
    yield say.say("hover-own-function", name=words.code(node.name), line=node.lineno)
    names = [words.code(p.arg) for p in parameters(node) if p.arg not in ("self", "cls")]
    if len(names) == 1:
        yield say.say("hover-needs-one", name=names[0])
    elif names:
        yield say.say("hover-needs", count=len(names), names=", ".join(names))
    yield from _about_itself(say, node)


def _about_itself(say: Messages, node: FunctionNode | ast.ClassDef) -> Iterator[str]:
    text = ast.get_docstring(node) or ""
    if text.strip():
        yield say.say("hover-docstring", text=words.escape(text.strip().split("\n\n")[0]))


def own_name(
    say: Messages, program: Program, bindings: Sequence[Binding], row: int, kind: str | None
) -> Iterator[str]:
    """What a name of the child's own is. `kind` is jedi's opinion of its value, if it has one."""
    binding = _nearest(bindings, row)
    node = binding.node
    if isinstance(node, (ast.For, ast.AsyncFor)) and binding.how == "loop":
        yield say.say("hover-loop-name", name=words.code(binding.name), line=binding.row + 1)
        yield from loop(say, program, node)
    elif is_function(node) and binding.how == "function":
        yield from function(say, node)
    elif isinstance(node, ast.ClassDef):
        yield say.say("hover-own-class", name=words.code(binding.name), line=binding.row + 1)
        yield from _about_itself(say, node)
    elif isinstance(node, ast.arg):
        yield from _parameter(say, binding)
    else:
        yield from _value(say, program, bindings, kind)


def _nearest(bindings: Sequence[Binding], row: int) -> Binding:
    """The last binding at or above `row`, else the first one."""
    above = [binding for binding in bindings if binding.row <= row]
    return above[-1] if above else bindings[0]


def _parameter(say: Messages, binding: Binding) -> Iterator[str]:
    scope = binding.scope
    if not is_function(scope):
        yield say.say("hover-parameter-lambda", name=words.code(binding.name))
    elif binding.name == "self":
        yield say.say("hover-self")
    else:
        yield say.say(
            "hover-parameter", name=words.code(binding.name), function=words.code(scope.name)
        )


def _value(
    say: Messages, program: Program, bindings: Sequence[Binding], kind: str | None
) -> Iterator[str]:
    first, others = bindings[0], [b.row + 1 for b in bindings[1:] if b.row != bindings[0].row]
    code = words.code(program.lines[first.row].strip())
    name = words.code(first.name)
    yield say.say("hover-own-value", name=name, line=first.row + 1, code=code)
    known = _kind_at(program, first) or (kind if len(bindings) == 1 else None)
    if known:
        yield say.say("hover-holds", kind=say.say(f"kind-{known}"))
    if len(others) == 1:
        yield say.say("hover-changes", line=others[0])
    elif others:
        lines = ", ".join(str(line) for line in others[:3]) + (" …" if len(others) > 3 else "")  # noqa: PLR2004
        yield say.say("hover-changes-lines", lines=lines)


def _kind_at(program: Program, binding: Binding) -> str | None:
    """The kind of value that a plain assignment gives."""
    node = binding.node
    if binding.how != "value" or not isinstance(node, (ast.Assign, ast.AnnAssign)):
        return None
    return facts.kind_of(program, node.value) if node.value is not None else None
