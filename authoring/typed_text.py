"""HTML and Markdown have types (ui/style/markup.py); what could get round them in pages/ and ui/ is found here.

The types do the escaping, but Python lets a type be lost (an f-string, a str's join) or claimed (Markup of anything),
and Streamlit takes any str for Markdown. mypy sees none of that: to it all of them are str, and a LiteralString too.
So the code is read: where HTML and Markdown are made, where they are drawn, and what stands between.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache

from authoring.house import house_of, sources

MARKUP = "ui/style/markup.py"
# Where HTML is made by hand, and why that is right there.
BY_HAND = {
    MARKUP: "the types themselves",
    "ui/drawing/paper.py": "a table's thousand cells, each escaped where it joins: the types take eight times as long",
}
# What st.html draws that is not of the types: none of it is data.
OWN_HTML = {"ui/style/theme.py": "this program's own style sheet"}
MAKES_TYPES = {"Markup": {MARKUP, "ui/drawing/paper.py"}, "Markdown": {MARKUP}, "Address": {"ui/style/links.py"}}
TYPED = {"Markup": {"html", "bold", "joined"}, "Markdown": {"markdown", "plain"}}
ESCAPES = {"html", "html.escape", "markupsafe.escape", "xml.sax.saxutils.escape"}

# Which arguments of a call through st. are read as Markdown, by place; those in NAMED wherever they stand. The options
# of a selectbox and a multiselect are not, nor are placeholders, st.text, and what stands in a table's cells.
READ = dict.fromkeys(
    ("badge", "button", "caption", "checkbox", "date_input", "dialog", "download_button", "error", "expander",
     "form_submit_button", "header", "info", "link_button", "markdown", "multiselect", "number_input", "pills",
     "popover", "radio", "segmented_control", "select_slider", "selectbox", "slider", "spinner", "status", "subheader",
     "success", "tabs", "text_area", "text_input", "time_input", "title", "toast", "toggle", "warning", "write"), (0,)
) | {"metric": (0, 1, 2), "progress": (1,)}  # fmt: skip
NAMED = {"label", "body", "help", "text", "title", "delta", "captions", "tabs"}
OPTIONS = {"pills", "radio", "segmented_control", "select_slider"}  # theirs are read too
# Names that only Streamlit's containers have: drawing goes through st., where it is looked at.
DRAWS = {"markdown", "caption", "subheader", "html", "metric", "toast", "expander"}

# Functions whose answer is a number or this program's own words: figures, dates, a measure's label.
OWN_WORDS = {"len", "sum", "moment", "day", "short_day", "stretch", "until_now", "partial_note", "show", "show_change",
             "show_difference", "signed", "name"}  # fmt: skip
# A str under such a format raises ValueError: what is written so is a number.
NUMERIC = re.compile(r"\+?(,(\.\d+)?[dfg%]?|(\.\d+)?[dfg%])")
CONSTANT = re.compile(r"[A-Z][A-Z0-9_]*")  # this program's own words, by convention
TAG = re.compile(r"</?[a-z]")
INSIDE = re.compile(r"(?<!\{)(?:\{\{)*\{\w*[.\[]")  # {one.label} and {0[label]} of a template

Scope = tuple[ast.AST, ...]  # the module, and the functions one is in, innermost last
Rule = Callable[[str, ast.AST, Scope], Iterator[str]]


def called(node: ast.AST) -> str:
    """The last name of what is called: `html` of html(…) and of markup.html(…); '' for all else."""
    func = node.func if isinstance(node, ast.Call) else None
    return func.id if isinstance(func, ast.Name) else func.attr if isinstance(func, ast.Attribute) else ""


def receiver(node: ast.AST) -> str:
    """The first name of what is called: `st` of st.info(…) and of st.sidebar.info(…)."""
    while isinstance(node, ast.Call | ast.Attribute):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def is_text(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and (isinstance(node.value, str) or node.value is None)


def of_constant(node: ast.AST, method: str) -> bool:
    """Whether it is "…".method(…)."""
    func = node.func if isinstance(node, ast.Call) else None
    return isinstance(func, ast.Attribute) and func.attr == method and is_text(func.value)


@cache
def drawing() -> dict[str, str]:
    """The files that draw, by path."""
    return {path: text for path, text in sources().items() if house_of(path) in ("pages", "ui")}


@cache
def functions() -> list[ast.FunctionDef]:
    nodes = (node for text in drawing().values() for node in ast.walk(ast.parse(text)))
    return [node for node in nodes if isinstance(node, ast.FunctionDef)]


@cache
def answers() -> dict[str, set[str]]:
    """Function -> what it is said to answer with, over all functions of that name."""
    found: dict[str, set[str]] = {}
    for one in functions():
        found.setdefault(one.name, set()).add(ast.unparse(one.returns) if one.returns else "")
    return found


@cache
def templates() -> dict[str, dict[str, int]]:
    """Function -> its parameters that must be literal, and their places."""
    found: dict[str, dict[str, int]] = {}
    for one in functions():
        places = {arg: place for place, arg in enumerate(one.args.args)} | dict.fromkeys(one.args.kwonlyargs, -1)
        for arg, place in places.items():
            if arg.annotation and ast.unparse(arg.annotation) == "LiteralString":
                found.setdefault(one.name, {})[arg.arg] = place
    return found


def makes(node: ast.AST, *kinds: str) -> bool:
    """Whether it is a call that gives one of these types."""
    name = called(node)
    return bool(name) and any(name in TYPED.get(kind, ()) or answers().get(name) == {kind} for kind in kinds)


def targets(node: ast.AST, added: bool) -> list[tuple[ast.expr, ast.expr | None]]:
    """What a statement binds, each with the value it gets; None where that is not to be told. `added`: += counts."""
    if isinstance(node, ast.Assign):
        return [pair for target in node.targets for pair in paired(target, node.value)]
    if isinstance(node, ast.NamedExpr | ast.AnnAssign) or (added and isinstance(node, ast.AugAssign)):
        return [(node.target, node.value)]
    if isinstance(node, ast.For | ast.comprehension):
        return [(name, None) for name in ast.walk(node.target) if isinstance(name, ast.Name)]
    return []


def paired(target: ast.expr, value: ast.expr) -> list[tuple[ast.expr, ast.expr | None]]:
    if not isinstance(target, ast.Tuple):
        return [(target, value)]
    if isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts):
        return list(zip(target.elts, value.elts, strict=True))
    return [(one, None) for one in target.elts]


def within(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function or module, without those of the functions in it."""
    for child in ast.iter_child_nodes(scope):
        if not isinstance(child, ast.FunctionDef):
            yield child
            yield from within(child)


def bound(name: str, scope: Scope, *, added: bool = True) -> tuple[list[ast.expr | None], str]:
    """What a name is given where it is looked up, innermost first; and its annotation where it is a parameter."""
    for inner in reversed(scope):
        arguments = [*inner.args.args, *inner.args.kwonlyargs] if isinstance(inner, ast.FunctionDef) else []
        said = [ast.unparse(one.annotation) if one.annotation else "?" for one in arguments if one.arg == name]
        given = [value for node in within(inner) for target, value in targets(node, added)
                 if isinstance(target, ast.Name) and target.id == name]  # fmt: skip
        if said or given:
            return given, "".join(said)
    return [], "?"


def is_constant(node: ast.AST) -> bool:
    """NAME, module.NAME, NAME[key]: this program's own words."""
    if isinstance(node, ast.Subscript):
        return is_constant(node.value)
    name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
    return bool(CONSTANT.fullmatch(name))


def harmless(node: ast.AST | None, scope: Scope) -> bool:
    """Whether no text from the data can be in it unescaped, as Markdown."""
    if node is None:
        return False
    if is_text(node) or is_constant(node) or makes(node, "Markdown", "Address") or called(node) in OWN_WORDS:
        return True
    if isinstance(node, ast.JoinedStr):
        return all(is_text(part) or _number_or_own_words(part, scope) for part in node.values)
    if isinstance(node, ast.Name):
        given, said = bound(node.id, scope)
        return said in ("", "LiteralString", "Markdown", "Address") and all(harmless(one, scope) for one in given)
    made_of = parts(node)
    return bool(made_of) and all(harmless(one, scope) for one in made_of)


def parts(node: ast.AST) -> list[ast.expr]:
    """What a text is put together from, or chosen from."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [node.left, node.right]
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.BoolOp):
        return node.values
    if isinstance(node, ast.List | ast.Tuple):
        return node.elts
    if isinstance(node, ast.ListComp | ast.GeneratorExp):
        return [node.elt]
    return node.args if isinstance(node, ast.Call) and of_constant(node, "join") else []


def _number_or_own_words(part: ast.AST, scope: Scope) -> bool:
    if not isinstance(part, ast.FormattedValue):
        return False
    spec = part.format_spec
    if isinstance(spec, ast.JoinedStr):
        return all(is_text(one) for one in spec.values) and bool(
            NUMERIC.fullmatch("".join(str(one.value) for one in spec.values if isinstance(one, ast.Constant)))
        )
    # What is typed would lose its type here, and is for markdown(…).
    return not makes(part.value, "Markdown", "Markup") and harmless(part.value, scope)


def is_markup(node: ast.AST | None, scope: Scope) -> bool:
    """Whether it is of the type Markup, by what is written."""
    if node is None:
        return False
    if makes(node, "Markup") or called(node) == "Markup":
        return True
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return is_markup(node.left, scope) or is_markup(node.right, scope)
    if isinstance(node, ast.IfExp):
        return is_markup(node.body, scope) and is_markup(node.orelse, scope)
    if isinstance(node, ast.Name):
        # What is added to Markup is escaped, and leaves it Markup.
        given, said = bound(node.id, scope, added=False)
        return said in ("", "Markup") and all(is_markup(one, scope) for one in given)
    return False


def types_are_made_in_one_place(path: str, node: ast.AST, scope: Scope) -> Iterator[str]:
    """Markup(anything) says that anything is HTML: only of a constant, elsewhere. No aliases, no other escaping."""
    claimed = isinstance(node, ast.Call) and not all(is_text(one) for one in node.args)
    if claimed and path not in MAKES_TYPES.get(called(node), {path}):
        yield f"{called(node)}(…) 只能用于常数：值请交给 html(…)、markdown(…)"
    if isinstance(node, ast.ImportFrom) and any(one.asname and one.name in MAKES_TYPES for one in node.names):
        yield "Markup、Markdown、Address 不要改名引入"
    if isinstance(node, ast.keyword) and node.arg == "unsafe_allow_html":
        yield "不要 unsafe_allow_html：用 st.html(html(…))"
    if path not in BY_HAND and isinstance(node, ast.Import | ast.ImportFrom):
        base = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
        if ESCAPES & {base + one.name for one in node.names}:
            yield "不要自己转义：用 html(…)、markdown(…)"


def html_is_typed_where_drawn(path: str, node: ast.AST, scope: Scope) -> Iterator[str]:
    """What st.html draws is Markup by what is written, or a constant."""
    if not isinstance(node, ast.Call) or receiver(node) != "st" or called(node) != "html" or path in OWN_HTML:
        return
    drawn = node.args[0]
    if not (is_text(drawn) or is_constant(drawn) or is_markup(drawn, scope)):
        yield 'st.html 里要是 html("…{}…", 值)'


def types_are_not_lost(path: str, node: ast.AST, scope: Scope) -> Iterator[str]:
    """HTML is made by html(…), whose values are escaped; an f-string's and a join's are not, and drop the type."""
    if path in BY_HAND or path in OWN_HTML:
        return
    if isinstance(node, ast.JoinedStr):
        if any(is_text(part) and TAG.search(str(part.value)) for part in node.values if isinstance(part, ast.Constant)):
            yield 'f 字符串里有标签：用 html("…{}…", 值)'
        if any(is_markup(part.value, scope) for part in node.values if isinstance(part, ast.FormattedValue)):
            yield "html(…) 的结果放进了 f 字符串，会失去类型：再用 html(…) 套"
    given = node.args if isinstance(node, ast.Call) and called(node) in ("join", "format") else []
    if any(is_markup(one.elt if isinstance(one, ast.GeneratorExp) else one, scope) for one in given):
        yield f"html(…) 的结果用了文字的 {called(node)}：用 joined(…)"


def templates_are_literal(path: str, node: ast.AST, scope: Scope) -> Iterator[str]:
    """What is declared LiteralString is one (mypy does not look): a constant here, or a parameter that is one."""
    for name, place in templates().get(called(node), {}).items():
        if not isinstance(node, ast.Call) or path == MARKUP or receiver(node) == "st":
            return
        given = [node.args[place]] if 0 <= place < len(node.args) else []
        given += [one.value for one in node.keywords if one.arg == name]
        for one in given:
            literal = isinstance(one, ast.Name) and bound(one.id, scope)[1] == "LiteralString"
            if not (is_text(one) or is_constant(one) or literal):
                yield f"{called(node)} 的 {name} 要直接写在这里：会变的部分用 {{}} 占位"
            elif called(node) == "markdown" and INSIDE.search(ast.unparse(one)):
                yield "markdown 的占位里不能取属性：先取出值"


def markdown_is_typed_where_read(path: str, node: ast.AST, scope: Scope) -> Iterator[str]:
    """What Streamlit reads as Markdown holds no text from the data that is not escaped."""
    if not isinstance(node, ast.Call):
        return
    if called(node) in DRAWS and isinstance(node.func, ast.Attribute) and receiver(node) != "st":
        yield "请用 st.…(…) 画，外面套 with"
    if receiver(node) != "st" or called(node) not in READ:
        return
    read = [node.args[place] for place in READ[called(node)] if place < len(node.args)]
    read += [one.value for one in node.keywords if one.arg in NAMED]
    yield from (
        f'{called(node)} 会把 {ast.unparse(one)} 当 Markdown 读：用 markdown("…{{}}…", 值) 或 plain(值)'
        for one in read
        if not harmless(one, scope)
    )
    if called(node) in OPTIONS:
        shown = next((one.value for one in node.keywords if one.arg == "format_func"), None)
        options = node.args[1] if len(node.args) > 1 else None
        answer = shown.body if isinstance(shown, ast.Lambda) else None
        if not ((isinstance(shown, ast.Name) and shown.id == "plain") or harmless(answer or options, scope)):
            yield f"{called(node)} 会把选项当 Markdown 读：加 format_func=plain"


RULES: dict[str, Rule] = {
    one.__name__: one
    for one in (types_are_made_in_one_place, html_is_typed_where_drawn, types_are_not_lost, templates_are_literal,
                markdown_is_typed_where_read)
}  # fmt: skip


def breaches(rule: str, path: str, source: str) -> list[str]:
    def visit(node: ast.AST, scope: Scope) -> Iterator[str]:
        for what in RULES[rule](path, node, scope):
            yield f"{path}:{getattr(node, 'lineno', 0)} {what}"
        inner = (*scope, node) if isinstance(node, ast.FunctionDef) else scope
        for child in ast.iter_child_nodes(node):
            yield from visit(child, inner)

    tree = ast.parse(source)
    return list(visit(tree, (tree,)))
