"""The mutants of a module: Cosmic Ray's, and those that it does not make (strings, statements, conditions)."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.exceptions import CosmicRayTestingException
from cosmic_ray.mutating import mutate_code
from cosmic_ray.operators.operator import Operator
from cosmic_ray.plugins import get_operator

from tests.lab.home import digest

OPERATORS = (
    "AddNot",
    "ExceptionReplacer",
    "NumberReplacer",
    "RemoveDecorator",
    "ReplaceAndWithOr",
    "ReplaceBinaryOperator_Add_Mul",
    "ReplaceBinaryOperator_BitAnd_BitOr",
    "ReplaceBinaryOperator_BitOr_BitAnd",
    "ReplaceBinaryOperator_Mul_Add",
    "ReplaceBinaryOperator_Sub_BitOr",
    "ReplaceBreakWithContinue",
    "ReplaceComparisonOperator_Eq_NotEq",
    "ReplaceComparisonOperator_Gt_GtE",
    "ReplaceComparisonOperator_Gt_LtE",
    "ReplaceComparisonOperator_GtE_Gt",
    "ReplaceComparisonOperator_GtE_Lt",
    "ReplaceComparisonOperator_Is_IsNot",
    "ReplaceComparisonOperator_IsNot_Is",
    "ReplaceComparisonOperator_Lt_GtE",
    "ReplaceComparisonOperator_Lt_LtE",
    "ReplaceComparisonOperator_LtE_Gt",
    "ReplaceComparisonOperator_LtE_Lt",
    "ReplaceComparisonOperator_NotEq_Eq",
    "ReplaceContinueWithBreak",
    "ReplaceFalseWithTrue",
    "ReplaceOrWithAnd",
    "ReplaceTrueWithFalse",
    "ReplaceUnaryOperator_Delete_Not",
    "ZeroIterationForLoop",
)
"""Of Cosmic Ray's many pairs of comparisons and binary operators, those that yield other values and not only errors."""

LOGGING = ("debug", "info", "warning", "error", "exception", "log")

Position = tuple[int, int]


@dataclass(frozen=True)
class Mutant:
    """One change of a module: ``key`` identifies it by the changed lines and those around them."""

    module: str
    line: int
    operator: str
    source: str
    difference: str

    @property
    def key(self) -> str:
        return digest(self.module, self.difference.partition("\n")[2])


def mutants(module: str, source: str) -> list[Mutant]:
    """Return each mutant of a module once, in the order of its lines."""
    tree = ast.parse(source)
    ignored = [node_range(node) for node in _ignored(tree)]
    made = {_meaning(source): None}
    for position, operator, mutate in [*_of_cosmic_ray(source), *_ours(source)]:
        if any(start <= position < end for start, end in ignored):
            continue
        mutated = mutate()
        try:
            meaning = _meaning(mutated)
        except SyntaxError:
            continue
        if meaning not in made:
            lines = difflib.unified_diff(source.splitlines(), mutated.splitlines(), lineterm="", n=3)
            made[meaning] = Mutant(module, position[0], operator, mutated, "\n".join([*lines][2:]))
    return sorted(filter(None, made.values()), key=lambda mutant: mutant.line)


def node_range(node: ast.AST) -> tuple[Position, Position]:
    """Return where a node begins and ends, as line and column."""
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)


class _WithoutNot(ast.NodeTransformer):
    """Writes a negated negation or comparison as what it means, so that two ways to make it are one mutant."""

    OPPOSITES: ClassVar = {ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In}

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        self.generic_visit(node)
        operand = node.operand
        if not isinstance(node.op, ast.Not):
            return node
        if isinstance(operand, ast.UnaryOp) and isinstance(operand.op, ast.Not):
            return operand.operand
        if isinstance(operand, ast.Compare) and len(operand.ops) == 1 and type(operand.ops[0]) in self.OPPOSITES:
            return ast.Compare(operand.left, [self.OPPOSITES[type(operand.ops[0])]()], operand.comparators)
        return node


def _meaning(source: str) -> str:
    """Return what is the same for sources that do the same; raises SyntaxError."""
    return ast.dump(_WithoutNot().visit(ast.parse(source)))


def _ignored(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield what no run of the module depends on: annotations, docstrings, imports, what is logged."""
    for node in ast.walk(tree):
        match node:
            case ast.Import() | ast.ImportFrom() | ast.If(test=ast.Name("TYPE_CHECKING")):
                yield node
            case ast.Expr(value=ast.Constant()) | ast.Call(func=ast.Attribute(ast.Name("logging"), "getLogger")):
                yield node
            case ast.Assign(targets=[ast.Name("Labels" | "__all__")]):
                yield node
            case ast.FunctionDef(returns=ast.expr() as annotation) | ast.arg(annotation=ast.expr() as annotation):
                yield annotation
            case ast.AnnAssign(annotation=annotation):
                yield annotation
            case ast.Call(func=ast.Attribute(ast.Name("logger")), args=arguments):
                yield from arguments


def _of_cosmic_ray(source: str) -> Iterator[tuple[Position, str, Callable[[], str]]]:
    nodes = list(ast_nodes(get_ast(source)))
    for name in OPERATORS:
        operator = get_operator(f"core/{name}")()
        positions = [start for node in nodes for start, _ in operator.mutation_positions(node)]
        for occurrence, position in enumerate(positions):
            yield position, name, partial(_mutate, source, operator, occurrence)


def _mutate(source: str, operator: Operator, occurrence: int) -> str:
    mutated = mutate_code(source, operator, occurrence)
    assert mutated is not None
    # A name that the module knows, for an exception that it never sees.
    return mutated.replace(CosmicRayTestingException.__name__, ZeroDivisionError.__name__)


def _ours(source: str) -> Iterator[tuple[Position, str, Callable[[], str]]]:
    lines = [line.encode() for line in source.splitlines(keepends=True)]

    def offset(position: Position) -> int:
        return sum(map(len, lines[: position[0] - 1])) + position[1]

    def change(name: str, node: ast.AST, text: str) -> tuple[Position, str, Callable[[], str]]:
        start, end = node_range(node)
        code = b"".join(lines)
        return start, name, lambda: (code[: offset(start)] + text.encode() + code[offset(end) :]).decode()

    tree = ast.parse(source)
    for node in ast.walk(tree):
        text = ast.get_source_segment(source, node) or "" if hasattr(node, "lineno") else ""
        if isinstance(node, ast.Constant) and (quote := re.match("r?[\"']", text)):
            yield change("ChangeString", node, f"{quote[0]}XX{text[quote.end() :]}")
        if isinstance(node, ast.JoinedStr):
            for part in node.values:
                if isinstance(part, ast.Constant):
                    yield change("ChangeString", part, f"XX{ast.get_source_segment(source, part)}")
        if isinstance(node, ast.Expr | ast.Assign | ast.AugAssign | ast.Raise | ast.Delete):
            yield change("RemoveStatement", node, "pass")
        if isinstance(node, ast.Return) and node.value and ast.unparse(node.value) != "None":
            yield change("ReturnNothing", node, "return None")
        if isinstance(node, ast.Compare):
            for operator, replacement in ((ast.In, "not in"), (ast.NotIn, "in")):
                if isinstance(node.ops[0], operator):
                    left, right = (ast.get_source_segment(source, part) for part in (node.left, node.comparators[0]))
                    yield change("ReplaceIn", node, f"{left} {replacement} {right}")
        if isinstance(node, ast.comprehension):
            for condition in node.ifs:
                yield change("IgnoreCondition", condition, "True")
        if isinstance(node, ast.IfExp):
            yield change("NegateCondition", node.test, f"not ({ast.get_source_segment(source, node.test)})")
