"""Which names a program uses before anything binds them.

One walk in the order of evaluation, functions last, as pyflakes does it: at the top of a program a
name must be bound before it is used; in a function the names around it may be bound later.
"""

from __future__ import annotations

# the methods are named by `ast.NodeVisitor`, one for each class of node
# ruff: noqa: D102, N815
import ast
import builtins
import re
from collections.abc import Callable, Iterable

from pippy_lsp.analysis import modules
from pippy_lsp.analysis.scope import ModuleUse, Scope, Unbound, gets_value

BUILTINS = frozenset(dir(builtins)) | {
    "__file__", "__name__", "__doc__", "__builtins__", "__annotations__", "__spec__",
}  # fmt: skip
_GLOBAL = re.compile(
    r"^[ \t]*global[ \t]+(\w+(?:[ \t]*,[ \t]*\w+)*)[ \t]*(?:[;#].*)?$", re.MULTILINE
)


class Walk(ast.NodeVisitor):
    """Walks a tree; `unbound`, `uses` and `imports` are what it met."""

    def __init__(self, wanted: Callable[[ast.AST], bool]) -> None:
        self._wanted = wanted
        self._scopes = [Scope("module")]
        self._deferred: list[tuple[list[Scope], Callable[[], None]]] = []
        self.unbound: list[Unbound] = []
        self.uses: list[ModuleUse] = []
        self.imports: list[tuple[ast.AST, str]] = []

    def run(self, tree: ast.Module, text: str) -> None:
        """Walk all that can matter; `text` is what the tree was parsed from."""
        for match in _GLOBAL.finditer(text):
            # a function that says `global score` may well run before the line that reads it
            names = (name.strip() for name in match.group(1).split(","))
            self._scopes[0].bound.update(dict.fromkeys(names, ""))
        self._all(tree.body)
        while self._deferred:
            self._scopes, walk = self._deferred.pop(0)
            walk()

    # names

    def bind(self, name: str, module: str = "") -> None:
        """`name` has a value from here on."""
        scope = self._scopes[-1]
        if name in scope.elsewhere:
            scope = self._scopes[0]
        scope.bound[name] = module

    def _find(self, name: str) -> str | None:
        """The module that `name` stands for, "" for other values, None where it is unbound."""
        for scope in self._seen():
            if name in scope.bound:
                return scope.bound[name]
        if name in BUILTINS or any(scope.open for scope in self._scopes):
            return ""
        return None

    def _seen(self) -> list[Scope]:
        """The scopes that are looked through from here, the innermost first."""
        return [
            scope
            for depth, scope in enumerate(reversed(self._scopes))
            if scope.kind != "class" or not depth or self._class_seen(depth)
        ]

    def _class_seen(self, depth: int) -> bool:
        """Comprehensions see the class around them (their first iterable does, at least)."""
        return all(scope.kind == "comprehension" for scope in self._scopes[-depth:])

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self.bind(node.id)
        elif isinstance(node.ctx, ast.Del):
            self._scopes[-1].bound.pop(node.id, None)
        elif self._wanted(node) and self._find(node.id) is None:
            visible = frozenset(name for scope in self._seen() for name in scope.bound)
            self.unbound.append(Unbound(node, visible))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        module = self._module_of(node.value)
        if module and isinstance(node.ctx, ast.Load) and self._wanted(node):
            self.uses.append(ModuleUse(node, module, node.attr))
        self.visit(node.value)

    def _module_of(self, node: ast.expr) -> str:
        if isinstance(node, ast.Name):
            return self._find(node.id) or ""
        if isinstance(node, ast.Attribute):
            module = self._module_of(node.value)
            inner = f"{module}.{node.attr}"
            return inner if module and modules.attributes(inner) is not None else ""
        return ""

    # statements that bind

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            top = alias.name.partition(".")[0]
            self.bind(alias.asname or top, alias.name if alias.asname else top)
            if self._wanted(node):
                self.imports.append((node, alias.name))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = "" if node.level else node.module or ""
        if self._wanted(node) and module:
            self.imports.append((node, module))
        for alias in node.names:
            if alias.name == "*":
                self._bind_all(module)
                continue
            inner = f"{module}.{alias.name}"
            known = bool(module) and modules.attributes(inner) is not None
            self.bind(alias.asname or alias.name, inner if known else "")
            if module and self._wanted(alias):
                self.uses.append(ModuleUse(alias, module, alias.name))

    def _bind_all(self, module: str) -> None:
        names = modules.exported(module) if module else None
        if names is None:
            self._scopes[0].open = True
        for name in names or ():
            self.bind(name)

    def visit_Global(self, node: ast.Global | ast.Nonlocal) -> None:
        for name in node.names:
            self._scopes[-1].elsewhere.add(name)

    visit_Nonlocal = visit_Global

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        self._all(node.targets)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.annotation)
        if node.value is not None:
            self.visit(node.value)
            self.visit(node.target)
        elif not isinstance(node.target, ast.Name):
            self.visit(node.target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            if self._valueless(node.target):
                self.unbound.append(Unbound(node.target, frozenset(), local=True))
            else:
                self.visit(_loaded(node.target))
        self.visit(node.value)
        self.visit(node.target)

    def _valueless(self, target: ast.Name) -> bool:
        """Whether nothing in the function but `target += ...` gives it a value."""
        scope = self._scopes[-1]
        if scope.kind != "function" or target.id in scope.bound or target.id in scope.elsewhere:
            return False
        return self._wanted(target) and not gets_value(scope.body, target.id)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        scope = next(found for found in reversed(self._scopes) if found.kind != "comprehension")
        scope.bound[node.target.id] = ""

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self.visit(node.target)
        self._all([*node.body, *node.orelse])

    visit_AsyncFor = visit_For

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.type is not None:
            self.visit(node.type)
        if node.name:
            before = self._scopes[-1].bound.get(node.name)
            self.bind(node.name)
            self._all(node.body)
            # Python deletes the name at the end of the handler
            self._scopes[-1].bound.pop(node.name, None)
            if before is not None:
                self._scopes[-1].bound[node.name] = before
        else:
            self._all(node.body)

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        self.generic_visit(node)
        if node.name:
            self.bind(node.name)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        if node.name:
            self.bind(node.name)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        self.generic_visit(node)
        if node.rest:
            self.bind(node.rest)

    # scopes

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._all(node.decorator_list)
        self._around(node.args)
        if node.returns is not None:
            self.visit(node.returns)
        self.bind(node.name)
        self._later(node.args, node.body, node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._around(node.args)
        self._later(node.args, [node.body], node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._all([*node.decorator_list, *node.bases, *node.keywords])
        if not self._wanted(node):
            self.bind(node.name)
            return
        self._scopes.append(Scope("class", {"__module__": "", "__qualname__": ""}))
        self._type_parameters(node)
        self._all(node.body)
        self._scopes.pop()
        self.bind(node.name)

    def visit_ListComp(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> None:
        self._scopes.append(Scope("comprehension"))
        for part in node.generators:
            self._all([part.iter, part.target, *part.ifs])
        values = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self._all(values)
        self._scopes.pop()

    visit_SetComp = visit_GeneratorExp = visit_DictComp = visit_ListComp

    def _around(self, arguments: ast.arguments) -> None:
        """What is evaluated where the function is made: defaults and annotations."""
        self._all([*arguments.defaults, *filter(None, arguments.kw_defaults)])
        self._all(argument.annotation for argument in _each(arguments) if argument.annotation)

    def _later(self, arguments: ast.arguments, body: Iterable[ast.AST], node: ast.AST) -> None:
        if not self._wanted(node):
            return  # what it binds outside, it says with `global`
        body = tuple(body)
        inner = Scope("function", {argument.arg: "" for argument in _each(arguments)}, body=body)
        inner.bound["__class__"] = ""
        scopes = [*self._scopes, inner]

        def walk() -> None:
            self._type_parameters(node)
            self._all(body)

        self._deferred.append((scopes, walk))

    def _type_parameters(self, node: ast.AST) -> None:
        for parameter in getattr(node, "type_params", ()):
            self.bind(parameter.name)

    def _all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)


def _each(arguments: ast.arguments) -> list[ast.arg]:
    rest = [arguments.vararg, arguments.kwarg]
    plain = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return [*plain, *(argument for argument in rest if argument)]


def _loaded(target: ast.Name) -> ast.Name:
    return ast.copy_location(ast.Name(target.id, ast.Load()), target)
