"""Facts from the parts of a line: what is subscripted, added, compared, divided, walked over."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from pippy_lsp.teaching.traceback_scene import Facts, Scene, near

_GIVES_NOTHING = {
    "append",
    "extend",
    "insert",
    "remove",
    "sort",
    "reverse",
    "clear",
    "update",
    "add",
}
_SIGNS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//",
    ast.Mod: "%", ast.Pow: "**", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip


def subscript(scene: Scene) -> Facts:
    """`name[index]`, and how many things are in a list that never changes."""
    node = scene.one(ast.Subscript)
    if node is None:
        return {}
    facts = {"name": scene.text(node.value), "index": scene.text(node.slice)}
    return {**facts, **_length(scene, node.value)}


def _length(scene: Scene, value: ast.expr) -> Facts:
    """How many things are in a list that is written out once and never changed."""
    if not isinstance(value, ast.Name):
        return {}
    made = scene.given(value.id)
    if len(made) != 1 or not _only_read(scene, value.id):
        return {}
    shown = made[0].value
    if not isinstance(shown, (ast.List, ast.Tuple)):
        return {}
    count = len(shown.elts)
    starred = any(isinstance(each, ast.Starred) for each in shown.elts)
    return {} if starred or count < 2 else {"count": str(count), "count_last": str(count - 1)}  # noqa: PLR2004


def _only_read(scene: Scene, name: str) -> bool:
    """Whether the list of this name is never handed on or changed: only read by place or looped."""
    for node in ast.walk(scene.program.tree):
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == name:
            return False
        if isinstance(node, ast.Call):
            handed = any(getattr(each, "id", "") == name for each in node.args)
            if handed and getattr(node.func, "id", "") not in ("len", "print", "sum", "max", "min"):
                return False
        changed = isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load)
        if changed and getattr(getattr(node, "value", None), "id", "") == name:
            return False
        if isinstance(node, ast.Assign) and getattr(node.value, "id", "") == name:
            return False
    return True


def attribute(scene: Scene) -> Facts:
    """What is before the dot, and where it got nothing from."""
    attr = scene.said["attr"]
    node = scene.one(ast.Attribute, lambda each: each.attr == attr)
    if node is None:
        return {}
    facts = {"owner": scene.text(node.value), **_origin(scene, node.value)}
    known = {"str": str, "list": list, "dict": dict, "tuple": tuple, "set": set}
    kind = known.get(scene.said.get("kind", ""))
    return {**facts, **(near(attr, [n for n in dir(kind) if n[0] != "_"]) if kind else {})}


def nothing(scene: Scene) -> Facts:
    """What is `None`, and where it came from."""
    node = scene.one(ast.Subscript)
    value = node.value if node else _walked_over(scene)
    if value is None:
        return {}
    return {"name": scene.text(value), "plain_name": scene.text(value), **_origin(scene, value)}


def _origin(scene: Scene, value: ast.expr) -> Facts:
    """Where a name got nothing from, if no other line can have given it nothing."""
    if not isinstance(value, ast.Name):
        return {}
    made = scene.given(value.id)
    before = [each for each in made if each.lineno <= scene.row]
    if not before or before != made or not isinstance(before[-1].value, ast.Call):
        return {}
    if not all(_is_something(each.value) for each in before[:-1]):
        return {}
    last, call = before[-1], before[-1].value
    method = isinstance(call.func, ast.Attribute) and call.func.attr in _GIVES_NOTHING
    if not method and getattr(call.func, "id", "") not in ("print", *_without_return(scene)):
        return {}
    text = scene.text(call)
    return {"from_none": text, "line_set": str(last.lineno), "plain_owner": value.id}


def _is_something(value: ast.expr) -> bool:
    """Whether this is never `None`."""
    if isinstance(value, ast.Constant):
        return value.value is not None
    return isinstance(value, (ast.List, ast.Dict, ast.Tuple, ast.Set, ast.JoinedStr, ast.ListComp))


def _without_return(scene: Scene) -> Iterator[str]:
    """The functions of the program that never hand anything back."""
    for node in ast.walk(scene.program.tree):
        if isinstance(node, ast.FunctionDef):
            back = (each for each in ast.walk(node) if isinstance(each, (ast.Return, ast.Yield)))
            if not any(each.value for each in back):
                yield node.name


def method(scene: Scene) -> Facts:
    """What `pop` is asked of."""
    node = scene.one(ast.Call, lambda each: getattr(each.func, "attr", "") == "pop")
    if node is None or not isinstance(node.func, ast.Attribute):
        return {}
    return {"owner": scene.text(node.func.value)}


def sum_(scene: Scene) -> Facts:
    """Both sides of a sign."""
    if scene.calls("sum") and not scene.frame.part:
        return {}
    sign = scene.said.get("op", "+").removesuffix("=") or "="
    node = scene.one(ast.BinOp, lambda each: _SIGNS.get(type(each.op)) == sign)
    if node is not None:
        return {**_sides(scene, node.left, node.right), **_other(scene, node)}
    change = scene.one(ast.AugAssign, lambda each: _SIGNS.get(type(each.op)) == sign)
    return _sides(scene, change.target, change.value) if change else {}


def _other(scene: Scene, node: ast.BinOp) -> Facts:
    """What would have to be a text, for a `+` that begins with one."""
    if not isinstance(node.right, (ast.Name, ast.Constant, ast.Call, ast.Subscript)):
        return {}
    other = scene.text(node.right)
    return {"other": other, "made": f"str({other})"}


def _sides(scene: Scene, left: ast.AST, right: ast.AST) -> Facts:
    return {"left": scene.text(left), "right": scene.text(right)}


def compare(scene: Scene) -> Facts:
    """Both sides of a comparison."""
    if scene.calls("min", "max", "sorted") and not scene.frame.part:
        return {}
    node = scene.one(ast.Compare, lambda each: len(each.ops) == 1)
    return _sides(scene, node.left, node.comparators[0]) if node else {}


def divide(scene: Scene) -> Facts:
    """What is divided by."""
    dividing = (ast.Div, ast.FloorDiv, ast.Mod)
    node = scene.one(ast.BinOp, lambda each: isinstance(each.op, dividing))
    if node is None or isinstance(node.right, ast.Constant):
        return {}
    return {"right": scene.text(node.right)}


def unpack(scene: Scene) -> Facts:
    """What is on the right of `=`."""
    node = scene.one(ast.Assign)
    return {"right": scene.text(node.value)} if node else {}


def walked(scene: Scene) -> Facts:
    """What a loop walks over."""
    value = _walked_over(scene)
    if value is None:
        return {}
    text = scene.text(value)
    return {"name": text, **({"plain_name": text} if scene.said.get("kind") == "int" else {})}


def _walked_over(scene: Scene) -> ast.expr | None:
    loop = scene.one(ast.For)
    if loop is None:
        return None
    called = [each.func for each in ast.walk(loop.iter) if isinstance(each, ast.Call)]
    builtin = {
        each.id for each in called if isinstance(each, ast.Name) and hasattr(builtins, each.id)
    }
    # A builtin may itself be what can't walk: `for x in sorted(5)`.
    return None if builtin - {"len", "int", "print"} else loop.iter


def argument(scene: Scene) -> Facts:
    """What a function that wants one value is given."""
    wanted = ("int", "float", "len", "range", "chr", "round")
    node = scene.one(
        ast.Call, lambda each: getattr(each.func, "id", "") in wanted and len(each.args) == 1
    )
    return {"name": scene.text(node.args[0])} if node else {}


def assert_(scene: Scene) -> Facts:
    """What was to be true."""
    node = scene.one(ast.Assert)
    return {"test": scene.text(node.test)} if node else {}
