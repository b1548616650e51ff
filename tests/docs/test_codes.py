"""The table of ``keys help codes`` contains every code that the program can emit, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from bifrost_keys.cli.codes import ERRORS, WARNINGS
from bifrost_keys.gateway.rules.catalog import CODES
from bifrost_keys.gateway.rules.secret_mistakes import MISTAKES, ODDITIES

PACKAGE = Path(__file__).parents[2] / "bifrost_keys"
FORM = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# How a code begins that says what is wrong before it says of what.
JUDGEMENT = re.compile(
    "(?:bad|changed|deleted|disabled|doubtful|duplicate|invalid|later|lone|may|misplaced|misspelt|missing|no|not"
    "|null|stale|too|unknown|wrong)-"
)
WITHOUT_SUBJECT = {"not-found", "not-persistent", "no-authentication", "may-be-in-file", "stale-mask-release"}
# What takes a code as its first argument.
_CODE_FIRST = ("Fault", "_fault", "Notice", "key_notice")
# Codes are words with hyphens, or one word; other texts in these places are not codes.
TABLE = PACKAGE / "cli" / "codes.py"


def texts(node: ast.expr) -> Iterator[str]:
    """Return the possible texts of an expression for a code: of ``a if b else c``, or f"{what}-taken"."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from texts(node.body)
        yield from texts(node.orelse)
    elif isinstance(node, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else None for part in node.values]
        yield from ("".join(str(part or what) for part in parts) for what in ("name", "id"))


def emitted() -> set[str]:
    """Return every text in the package that is passed as a code."""
    found: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        if path == TABLE:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name in _CODE_FIRST and node.args:
                    found.update(texts(node.args[0]))
                found.update(
                    code for each in node.keywords if each.arg == "code" for code in texts(each.value)
                )
            elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                if any(getattr(each, "id", getattr(each, "attr", "")) == "code" for each in targets):
                    found.update(texts(node.value))
    return found


def test_every_code_that_is_emitted_is_in_a_table() -> None:
    known = {*ERRORS, *WARNINGS, *CODES, *(mistake.code for mistake in (*MISTAKES, *ODDITIES))}
    assert {code for code in emitted() if code not in known} == set()


def test_every_code_in_the_table_is_emitted() -> None:
    source = "\n".join(path.read_text("utf-8") for path in PACKAGE.rglob("*.py") if path != TABLE)
    given = emitted() | set(re.findall(r'"([a-z0-9-]+)"', source))
    assert {code for code in (*ERRORS, *WARNINGS) if code not in given} == set()


def test_codes_are_words_with_hyphens_that_begin_with_their_subject() -> None:
    for table in (ERRORS, WARNINGS, {code: row.meaning for code, row in CODES.items()}):
        assert all(FORM.fullmatch(code) for code in table)
        assert {code for code in table if JUDGEMENT.match(code)} <= WITHOUT_SUBJECT
        assert not any(meaning.endswith(".") for meaning in table.values())
