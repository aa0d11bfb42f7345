"""What the line of an error says for certain: which name, which index, what is divided by what.

A fact is given only where one part of the line can be meant: the part that Python marked, else the
only one of its kind.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Callable
from typing import TypeGuard

from pippy_lsp.teaching import traceback_parts
from pippy_lsp.teaching.problems import problems
from pippy_lsp.teaching.traceback_scene import Facts, Scene, near


def collect(kind: str, scene: Scene) -> Facts:
    """The facts of this kind, by the names that sentences use."""
    return FACTS[kind](scene) if kind else {}


# --- names and modules ---------------------------------------------------------------------


def _name(scene: Scene) -> Facts:
    return _meant(scene, scene.said.get("name", ""), dir(builtins))


def _meant(scene: Scene, name: str, known: list[str]) -> Facts:
    """The name that was meant, as the program's own problems say it."""
    if not scene.own:
        return near(name, known)
    for problem in problems(scene.program.text):
        if problem.values.get("name") == f"`{name}`" and "right" in problem.values:
            return {"right": str(problem.values["right"]).strip("`")}
    return {}


def _module(scene: Scene) -> Facts:
    return near(scene.said["name"], [each for each in sys.stdlib_module_names if each[0] != "_"])


def _member(scene: Scene) -> Facts:
    return _meant(scene, scene.said["attr"], [])


# --- functions and keys --------------------------------------------------------------------


def _function(scene: Scene) -> Facts:
    """Where the function of this name is made, if there is only one."""
    name = (scene.said.get("func") or "").rpartition(".")[2]
    call = scene.one(ast.Call, lambda each: getattr(each.func, "attr", "") == name)
    facts = {"owner": scene.text(call.func.value)} if call and _has_dot(call.func) else {}
    made = [
        node
        for node in ast.walk(scene.program.tree)
        if isinstance(node, ast.FunctionDef) and node.name == name and scene.own
    ]
    if len(made) != 1:
        return facts
    names = [each.arg for each in (*made[0].args.posonlyargs, *made[0].args.args)]
    facts |= {"line_made": str(made[0].lineno), "func": name}
    return {**facts, "parameters": ", ".join(names)} if names else facts


def _has_dot(node: ast.expr) -> TypeGuard[ast.Attribute]:
    return isinstance(node, ast.Attribute)


def _called(scene: Scene) -> Facts:
    def fits(call: ast.Call) -> bool:
        name = getattr(call.func, "id", "")
        return bool(name) and (not hasattr(builtins, name) or bool(scene.given(name)))

    node = scene.one(ast.Call, fits)
    if node is None or not isinstance(node.func, ast.Name):
        return {}
    name = node.func.id
    facts = {"name": name} | ({"builtin": name} if hasattr(builtins, name) else {})
    made = scene.given(name)
    return {**facts, **({"line_set": str(made[0].lineno)} if len(made) == 1 else {})}


def _key(scene: Scene) -> Facts:
    node, key = scene.one(ast.Subscript), scene.said["key"]
    if node is None or (isinstance(node.slice, ast.Constant) and repr(node.slice.value) != key):
        return {}
    facts = {"name": scene.text(node.value)}
    made = scene.given(facts["name"])
    shown = made[0].value if len(made) == 1 else None
    if not isinstance(shown, ast.Dict) or key[:1] not in "'\"":
        return facts
    keys = [repr(each.value) for each in shown.keys if isinstance(each, ast.Constant)]
    return {**facts, **near(key, keys)}


def _frame(scene: Scene) -> Facts:
    where = scene.frame.where
    return {"func": where} if where and "<" not in where else {}


FACTS: dict[str, Callable[[Scene], Facts]] = {
    "name": _name,
    "module": _module,
    "member": _member,
    "subscript": traceback_parts.subscript,
    "attribute": traceback_parts.attribute,
    "nothing": traceback_parts.nothing,
    "method": traceback_parts.method,
    "sum": traceback_parts.sum_,
    "compare": traceback_parts.compare,
    "divide": traceback_parts.divide,
    "unpack": traceback_parts.unpack,
    "walked": traceback_parts.walked,
    "argument": traceback_parts.argument,
    "assert": traceback_parts.assert_,
    "function": _function,
    "called": _called,
    "key": _key,
    "frame": _frame,
}
