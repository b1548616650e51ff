"""Generate man pages from the help of the commands and from the help pages."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bifrost_keys import __version__


def command_page(told: Mapping[str, Any]) -> str:
    """Return the man page of a command, made from the JSON form of its help."""
    name = f"keys-{told['command']}"
    arguments = " ".join(str(each["name"]) for each in told["arguments"])
    lines = [_head(name, 1), ".SH NAME", f"{_text(name)} \\- {_text(told['about'].rstrip('.'))}"]
    lines += [".SH SYNOPSIS", f".B keys {_text(told['command'])}", _text(f"{arguments} [OPTIONS]")]
    lines.append(".SH OPTIONS")
    for each in told["options"]:
        value = f" {each['value']}" if each["value"] else ""
        lines += [
            ".TP",
            f"\\fB{_text(', '.join(each['names']))}\\fR{_text(value)}",
            _text(each["about"] or ""),
        ]
    lines.append(".SH EXAMPLES")
    lines += [".nf", *map(_text, told["examples"]), ".fi"]
    return "\n".join(lines) + "\n"


def topic_page(topic: str, about: str, markdown: str) -> str:
    """Return the man page of a help page that is written in Markdown."""
    name = f"keys-{topic}"
    lines = [_head(name, 7), ".SH NAME", f"{_text(name)} \\- {_text(about)}", ".SH DESCRIPTION"]
    return "\n".join([*lines, *_body(markdown)]) + "\n"


def write_pages(folder: str, pages: Mapping[str, str]) -> list[str]:
    """Write each page into its section below the folder; return the paths. Raise OSError."""
    written = []
    for name, text in pages.items():
        place = os.path.join(folder, f"man{name[-1]}")
        os.makedirs(place, exist_ok=True)
        path = os.path.join(place, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        written.append(path)
    return written


def _head(name: str, section: int) -> str:
    return f'.TH "{name.upper()}" {section} "" "bifrost-keys {__version__}"'


def _body(markdown: str) -> Iterator[str]:
    literal = False
    for line in markdown.splitlines()[1:]:  # the title is the name
        if line.startswith("```"):
            literal = not literal
            yield ".nf" if literal else ".fi"
        elif literal:
            yield _text(line)
        elif line.startswith("#"):
            yield f'.SS "{_styled(line.lstrip("# "))}"'
        elif re.fullmatch(r"\|[-| ]+\|", line):
            continue
        elif line.startswith("|"):
            first, *rest = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))]
            yield from (".TP", _styled(first) or "\\&", _styled("; ".join(filter(None, rest))) or "\\&")
        elif line.startswith("- "):
            yield from (".IP \\(bu 2", _styled(line[2:]))
        else:
            yield _styled(line.strip()) if line.strip() else ".PP"


def _styled(text: str) -> str:
    """Return the text with bold and code as bold."""
    return re.sub(r"\*\*(.+?)\*\*|`(.+?)`", lambda found: f"\\fB{found[1] or found[2]}\\fR", _text(text))


def _text(text: str) -> str:
    """Return the text with the characters that are special to the formatter escaped."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{text}" if text.startswith((".", "'")) else text
