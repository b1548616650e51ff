"""The English of source and documents: docstrings in the imperative, and phrases that are not used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

SOURCES = sorted(Path("bifrost_keys").rglob("*.py"))
DOCUMENTS = sorted(
    [*Path().glob("*.md"), *Path("bifrost_keys/help").glob("*.md"), *Path("examples").rglob("*.md")]
)

# A docstring of a function begins with a verb: Return, Yield, Raise, Read. With these words it does not.
NOT_VERBS = re.compile(
    r"(?:The|A|An|Whether|Every|Each|All|One|Those|What|How|Where|Which|Why|When|None|Nothing|Returns|Raises|Yields)\b"
)
PHRASES = {
    r"(?<!there )(?<!There )\b(?:is|are) no (?!longer\b|more\b|later\b|earlier\b|bug\b)": "write: is not a",
    r"(?<!there )(?<!There )\b(?:is|are) none\b(?! of)": "write: is not one",
    r"\bof (?:ours|one's own)\b": "name whose it is",
    r"\bin other case\b": "write: in the wrong case",
    r"\bleads? (?:nowhere|to nothing|to no )": "write: does not resolve",
    r"\b(?:mend|mends|mended|riddle)\b": "write: fix",
    r"\ball the same\b": "write: nevertheless",
    r"\bby its looks\b": "write: looks like",
    r"\bcannot be told\b": "write: is unknown, or cannot be decided",
    r"\bsuch as \w+Error:": "write: for example",
    r"\bat an edge\b": "write: leading or trailing",
    r"\bchoke on\b": "write: refuse",
    r"\bis (?:there|so) already\b": "write: exists already, or is already up to date",
    r"\b(?:Returns|Raises|Yields) (?:a|an|the|[A-Z]\w*Error)\b": "use the imperative",
}


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """Yield the functions that are neither properties nor constructors."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name != "__init__":
            decorators = [ast.unparse(each) for each in node.decorator_list]
            if not any("property" in each for each in decorators):
                yield node


def test_docstrings_of_functions_are_imperative() -> None:
    found = []
    for path in SOURCES:
        for function in functions(ast.parse(path.read_text(encoding="utf-8"))):
            text = ast.get_docstring(function) or ""
            if NOT_VERBS.match(text):
                found.append(f"{path}:{function.lineno}: {text.splitlines()[0]}")
    assert found == []


def test_docstrings_of_modules_are_not_questions() -> None:
    found = []
    for path in SOURCES:
        text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        if re.match(r"(?:What|How|Where|Why|Which|Whether)\b", text):
            found.append(f"{path}: {text.splitlines()[0]}")
    assert found == []


def test_phrases_that_are_not_plain_english_do_not_occur() -> None:
    found = []
    for path in [*SOURCES, *DOCUMENTS]:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for phrase, advice in PHRASES.items():
                if hit := re.search(phrase, line):
                    found.append(f"{path}:{number}: {hit[0]!r}: {advice}")
    assert found == []
