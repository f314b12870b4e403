"""The project's own source as syntax trees."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def trees() -> dict[str, ast.Module]:
    """Module path relative to the repository, and its tree, of everything that ships."""
    files = sorted([*ROOT.glob("hybridcal_daemon/**/*.py"), *ROOT.glob("actors/*.py")])
    assert len(files) > 50
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text(), str(path)) for path in files}


def calls(tree: ast.AST) -> list[ast.Call]:
    """Every call in a tree."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def called(call: ast.Call) -> str:
    """Last part of what is called: ``emit`` for ``self._log.emit(...)``."""
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def constant(node: ast.AST | None) -> object:
    """Value of a literal, None for anything else."""
    return node.value if isinstance(node, ast.Constant) else None
