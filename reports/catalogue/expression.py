"""The condition language of the catalogue: a small safe part of SQL with Chinese column names.

``审理程序 = '一审' and 结案方式 in ('改判', '发回重审')`` is parsed by sqlglot, every node is checked against
a whitelist, Chinese names become canonical columns, and the SQL that runs is written again from the checked
tree: nothing of the original text survives. Division belongs to indicators, never to a condition.
"""

from __future__ import annotations

import difflib
import re
from datetime import date
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from reports.catalogue.columns import BY_NAME, ValueKind

MAX_LENGTH = 500  # characters; longer conditions are generated or hostile, not written by a clerk
DAYS = "天数"
FEN = 100  # of a 元: conditions are written in 元, cases hold 分
HOLDS = "包含"  # a column that lists several things, such as 专项标签, holds one of them
SEPARATORS = "；;，,、|/ \u3000"
_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)
_FULL_WIDTH = str.maketrans("（），＝＜＞‘’＋－＊；", "(),=<>''+-*;")
_QUOTED = re.compile(r"('[^']*')")
_HOLDING = re.compile(rf"(\w+)\s*{HOLDS}\s*$")


class ExpressionError(ValueError):
    """What is wrong with a condition, in Chinese, for the loader to place."""


def condition(text: str) -> exp.Expr:
    """Parse a boolean condition; columns in the result carry canonical identifiers.

    Raises :class:`ExpressionError`.
    """
    tree = _parse(text)
    if _kind(tree) != "truth":
        raise ExpressionError("应为条件（真或假），如：审理程序 = '一审'")
    return _rebuild(tree)


def amount(text: str) -> exp.Expr:
    """Parse a number to be summed: a money or integer column, 天数(起, 止), or sums and products of them.

    Raises :class:`ExpressionError`.
    """
    tree = _parse(text)
    if _kind(tree) not in ("integer", "money"):
        raise ExpressionError("应为可以相加的数，如：到位金额，或 天数(立案日期, 结案日期)")
    return _rebuild(tree)


def columns_of(tree: exp.Expr) -> frozenset[str]:
    """The canonical columns that a parsed condition or amount reads."""
    return frozenset(node.name for node in tree.find_all(exp.Column))


def texts_of(tree: exp.Expr, column: str) -> frozenset[str]:
    """The texts that a parsed condition holds one canonical column against, by = or in."""
    found: set[str] = set()
    for node in tree.find_all(exp.EQ, exp.In):
        if isinstance(node.this, exp.Column) and node.this.name == column:
            values = node.expressions if isinstance(node, exp.In) else [node.expression]
            found |= {value.name for value in values if isinstance(value, exp.Literal)}
    return frozenset(found)


@lru_cache(maxsize=4096)  # a workspace loads the same conditions for every stage; the tree is read and left as it is
def _parse(text: str) -> exp.Expr:
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"条件超过 {MAX_LENGTH} 个字符")
    normal = _plain(text)
    try:
        trees = sqlglot.parse(normal, dialect="duckdb")
    except (SqlglotError, RecursionError) as error:
        raise ExpressionError(f"无法解析“{text}”") from error
    if len(trees) != 1 or not isinstance(trees[0], exp.Expr):
        raise ExpressionError("应为一个条件")
    return trees[0]


def _plain(text: str) -> str:
    """A condition with half-width signs outside of its texts, and 某列 包含 '值' as a function of both."""
    parts = [
        part if part.startswith("'") else part.translate(_FULL_WIDTH)
        for part in _QUOTED.split(text.replace("‘", "'").replace("’", "'"))
    ]
    for place, part in enumerate(parts[1:], 1):
        if part.startswith("'") and (match := _HOLDING.search(parts[place - 1])):
            parts[place - 1] = f"{parts[place - 1][: match.start()]}{HOLDS}({match[1]}, "
            parts[place] = f"{part})"
    return "".join(parts)


def _kind(node: exp.Expr) -> str:
    """Type of a node (text, date, integer, money, flag, truth); raises on anything not allowed."""
    try:
        return _kind_of(node)
    except RecursionError as error:
        raise ExpressionError("条件嵌套过深") from error


def _kind_of(node: exp.Expr) -> str:
    if isinstance(node, exp.Paren):
        return _kind_of(node.this)
    if isinstance(node, exp.Column):
        return _column(node)
    if isinstance(node, exp.Literal):
        return "text" if node.is_string else _integer(node)
    if isinstance(node, exp.And | exp.Or):
        for side in (node.this, node.expression):
            _must(side, "truth", "“and”“or”两边都应是条件")
        return "truth"
    if isinstance(node, exp.Not):
        _must(node.this, "truth", "“not”后面应是条件")
        return "truth"
    if isinstance(node, _COMPARISONS):
        return _comparable(node.this, [node.expression], ordered=not isinstance(node, exp.EQ | exp.NEQ))
    if isinstance(node, exp.In):
        if not node.expressions or node.args.get("query") or node.args.get("unnest"):
            raise ExpressionError("“in”后面应是括号里的若干个值")
        if not all(isinstance(item, exp.Literal) for item in node.expressions):
            raise ExpressionError("“in”的括号里只能写值")
        return _comparable(node.this, node.expressions, ordered=False)
    if isinstance(node, exp.Between):
        return _comparable(node.this, [node.args["low"], node.args["high"]], ordered=True)
    if isinstance(node, exp.Is):
        if not isinstance(node.expression, exp.Null) or not isinstance(node.this, exp.Column):
            raise ExpressionError("“is”只能写成“某列 is null”或“某列 is not null”")
        _column(node.this)
        return "truth"
    if isinstance(node, exp.Add | exp.Sub | exp.Mul):
        kinds = [_kind_of(node.this), _kind_of(node.expression)]
        if any(kind not in ("integer", "money") for kind in kinds):
            raise ExpressionError("加、减、乘只能用于数")
        return "money" if "money" in kinds else "integer"
    if isinstance(node, exp.Anonymous) and node.name == DAYS:
        if len(node.expressions) != 2:
            raise ExpressionError(f"{DAYS}(起, 止) 要两个日期")
        for item in node.expressions:
            _must(item, "date", f"{DAYS}(起, 止) 里应是日期列")
        return "integer"
    if isinstance(node, exp.Anonymous) and node.name == HOLDS:
        if len(node.expressions) != 2 or not isinstance(node.expressions[0], exp.Column):
            raise ExpressionError(f"“{HOLDS}”应写成：专项标签 {HOLDS} '涉企'")
        column, value = node.expressions
        if _column(column) != "text" or not (isinstance(value, exp.Literal) and value.is_string):
            raise ExpressionError(f"“{HOLDS}”只能用于文字列，后面写一个值")
        if not value.name.strip() or set(value.name) & set(SEPARATORS):
            raise ExpressionError(f"“{HOLDS}”后面写一个值，不能为空，也不能有分隔符；几个值用 and 或 or 连接")
        return "truth"
    raise ExpressionError(f"不允许的写法“{node.sql(dialect='duckdb')[:40]}”")


def _column(node: exp.Column) -> ValueKind:
    if len(node.parts) != 1 or not isinstance(node.this, exp.Identifier):
        raise ExpressionError("只能写列名")
    if (found := BY_NAME.get(node.name)) is None:
        near = difflib.get_close_matches(node.name, BY_NAME, n=1, cutoff=0.5)
        hint = f"，是否为“{near[0]}”" if near else ""
        raise ExpressionError(f"没有“{node.name}”这一列{hint}；可用的列：{'、'.join(BY_NAME)}")
    return found.kind


def _integer(node: exp.Literal) -> str:
    if not re.fullmatch(r"\d{1,15}", node.name):
        raise ExpressionError(f"数只能是整数，不能是“{node.name[:20]}”")
    return "integer"


def _must(node: exp.Expr, kind: str, message: str) -> None:
    if _kind_of(node) != kind:
        raise ExpressionError(message)


def _comparable(left: exp.Expr, rights: list[exp.Expr], *, ordered: bool) -> str:
    kind = _kind_of(left)
    for right in rights:
        other = _kind_of(right)
        if isinstance(right, exp.Literal) and right.is_string:
            if kind == "date":
                _iso_date(right.name)
            elif kind == "flag":
                if right.name not in ("是", "否"):
                    raise ExpressionError(f"是否类的列只能与 '是' 或 '否' 比较，不能是“{right.name}”")
            elif kind != "text":
                raise ExpressionError(f"“{left.sql(dialect='duckdb')}”不是文字，不能与“{right.name}”比较")
        elif kind != other and not {kind, other} <= {"integer", "money"}:
            raise ExpressionError(f"“{left.sql(dialect='duckdb')}”与“{right.sql(dialect='duckdb')}”种类不同，不能比较")
    if kind == "truth" or (ordered and kind in ("text", "flag")):
        raise ExpressionError(f"“{left.sql(dialect='duckdb')}”不能比较大小")
    return "truth"


def _iso_date(text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ExpressionError(f"日期应写成 '2025-01-31'，不能是“{text}”") from None


def _rebuild(node: exp.Expr) -> exp.Expr:
    """A new tree of only the checked parts, with canonical names; comments and the rest are left behind."""
    if isinstance(node, exp.Paren):
        return exp.Paren(this=_rebuild(node.this))
    if isinstance(node, exp.Column):
        return exp.Column(this=exp.Identifier(this=BY_NAME[node.name].id, quoted=True))
    if isinstance(node, exp.Literal):
        return exp.Literal(this=node.name, is_string=node.is_string)
    if isinstance(node, exp.In):
        left = _rebuild(node.this)
        return exp.In(this=left, expressions=[_beside(node.this, item) for item in node.expressions])
    if isinstance(node, exp.Between):
        return exp.Between(
            this=_rebuild(node.this),
            low=_beside(node.this, node.args["low"]),
            high=_beside(node.this, node.args["high"]),
        )
    if isinstance(node, exp.Is):
        return exp.Is(this=_rebuild(node.this), expression=exp.Null())
    if isinstance(node, exp.Not):
        return exp.Not(this=_rebuild(node.this))
    if isinstance(node, exp.Anonymous) and node.name == HOLDS:
        column, value = node.expressions
        return _holding(_rebuild(column), value.name)
    if isinstance(node, exp.Anonymous):  # 天数(起, 止): whole days between two dates
        start, end = (_rebuild(item) for item in node.expressions)
        return exp.DateDiff(this=end, expression=start, unit=exp.Var(this="DAY"))
    if isinstance(node, exp.Mul):
        return exp.Mul(this=_rebuild(node.this), expression=_rebuild(node.expression))
    return type(node)(this=_beside(node.expression, node.this), expression=_beside(node.this, node.expression))


def _holding(column: exp.Expr, value: str) -> exp.Expr:
    """Whether ``value`` is one of the things that a text lists, whatever stands between them."""
    listed = column
    for separator in SEPARATORS[1:]:
        texts = [exp.Literal.string(separator), exp.Literal.string(SEPARATORS[0])]
        listed = exp.Anonymous(this="replace", expressions=[listed, *texts])
    edge = exp.Literal.string(SEPARATORS[0])
    framed = exp.DPipe(this=exp.DPipe(this=edge, expression=listed), expression=edge.copy())
    wanted = exp.Literal.string(f"{SEPARATORS[0]}{value}{SEPARATORS[0]}")
    return exp.GT(this=exp.StrPosition(this=framed, substr=wanted), expression=exp.Literal.number(0))


def _beside(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """One side of a comparison or sum beside the other: a text beside a date is a date, a number beside money 元."""
    built, kind, text = _rebuild(right), _kind_of(left), isinstance(right, exp.Literal) and right.is_string
    if text and kind == "date":
        return exp.Cast(this=built, to=exp.DataType.build("date"))
    if text or kind != "money" or _kind_of(right) != "integer":
        return built
    if isinstance(right, exp.Literal):
        return exp.Literal.number(int(right.name) * FEN)
    return exp.Mul(this=exp.Paren(this=built), expression=exp.Literal.number(FEN))  # worked out, and then in 分
