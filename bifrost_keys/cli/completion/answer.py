"""Answer the shells' completion requests from a table, before Typer is loaded.

The protocol is ``keys __complete SHELL …`` with the line so far. The first line of the response is what the
shell itself should complete (``files``, ``folders`` or ``none``). Each other line is a candidate; for zsh and
fish it is followed by a tab and a description. Nothing is printed on standard error, and no error ends the
run, because somebody is typing.
"""

import sys

from bifrost_keys.cli.completion.table import ALIASES, BEFORE_COMMAND, COMMANDS, OPTIONS, PROVIDERS, Option

_SHELL_COMPLETES = ("files", "folders")


def answer(arguments: list[str]) -> None:
    """Print the candidates; ``arguments`` are the shell, then whatever its script sends."""
    try:
        shell, *rest = arguments
        if shell == "bash":
            from bifrost_keys.cli.completion.shell_quoting import bash_text, line_words

            words = line_words(rest[0])
            kind, found = candidates([word.text for word in words[1:]])
            lines = [bash_text(text, words[-1]) for text, _ in found]
        else:
            if shell == "fish":
                from bifrost_keys.cli.completion.shell_quoting import line_words

                rest[-1] = line_words(rest[-1])[0].text
            kind, found = candidates(rest)
            lines = [f"{text}\t{about}" for text, about in found]
        sys.stdout.buffer.write("".join(f"{line}\n" for line in (kind, *lines)).encode("utf-8", "replace"))
        sys.stdout.flush()
    except Exception:  # an error must not disturb the command line
        return


def candidates(words: list[str]) -> tuple[str, list[tuple[str, str]]]:
    """Return what the shell should complete, and the candidates with descriptions.

    The last of ``words`` is to be completed; it may be empty. The words follow the program's name, without
    quotes.
    """
    *before, current = words
    line = _Line(before)
    if line.waiting is not None:
        return _values(line.waiting[1], current, line, before="")
    if current.startswith("--") and "=" in current and line.options_allowed:
        name, _, value = current.partition("=")
        option = line.option(name)
        return _values(option[1], value, line, before=f"{name}=") if option is not None else ("none", [])
    if current.startswith("-") and line.options_allowed:
        return "none", line.flags(current)
    if line.command is None:
        named = [(name, about) for name, (about, _, _) in COMMANDS.items() if name.startswith(current)]
        return "none", named
    return _values(line.place(), current, line, before="")


class _Line:
    """The words so far, interpreted as the program would."""

    def __init__(self, words: list[str]) -> None:
        self.command: str | None = None
        self.arguments: list[str] = []
        self.given: dict[str, str] = {}
        self.options_allowed = True
        self.waiting: Option | None = None
        for word in words:
            self._read(word)

    def _read(self, word: str) -> None:
        if self.waiting is not None:
            self.given[self.waiting[0][0]] = word
            self.waiting = None
        elif self.options_allowed and word == "--":
            self.options_allowed = False
        elif self.options_allowed and word.startswith("-") and word != "-":
            name, mark, value = word.partition("=") if word.startswith("--") else (word, "", "")
            option = self.option(name)
            self.given[option[0][0] if option is not None else name] = value
            if option is not None and option[1] and not mark:
                self.waiting = option
        elif self.command is None:
            self.command = ALIASES.get(word, word)
        else:
            self.arguments.append(word)

    def options(self) -> list[Option]:
        """Return the options that are possible here."""
        places = BEFORE_COMMAND
        if self.command is not None:
            places = COMMANDS[self.command][2] if self.command in COMMANDS else ()
        return [OPTIONS[place] for place in places]

    def option(self, name: str) -> Option | None:
        """Return the option with this spelling, or None."""
        return next((option for option in self.options() if name in option[0]), None)

    def flags(self, current: str) -> list[tuple[str, str]]:
        """Yield the options to offer, without those given already and those of other providers."""
        provider = self.arguments[0].partition("/")[0].lower() if self.arguments else ""
        owners = {owner for option in self.options() for owner in option[3]}
        found = []
        for names, _, repeats, own, about in self.options():
            foreign = own and (provider in PROVIDERS or provider in owners) and provider not in own
            if foreign or (names[0] in self.given and not repeats):
                continue
            for name in names:
                if name.startswith(current) and (len(name) > 2 or current == name):
                    found.append((name, about))
        return found

    def place(self) -> str:
        """Return what the argument at this position may be."""
        places: tuple[tuple[str, bool], ...] = COMMANDS[self.command][1] if self.command in COMMANDS else ()
        at = len(self.arguments)
        if at < len(places):
            return places[at][0]
        return places[-1][0] if places and places[-1][1] else "text"


def _values(kind: str, current: str, line: _Line, *, before: str) -> tuple[str, list[tuple[str, str]]]:
    if kind in _SHELL_COMPLETES:
        return kind, []
    if kind.startswith("choice:"):
        found = [(choice, "") for choice in kind.removeprefix("choice:").split("|")]
        if line.command == "get" and line.arguments:
            from bifrost_keys.cli.completion.config_names import absent_fields

            absent = absent_fields([choice for choice, _ in found], line.given, line.arguments[0])
            found = [(choice, about) for choice, about in found if choice not in absent]
    elif kind in ("", "text"):
        found = []
    else:
        from bifrost_keys.cli.completion.config_names import named

        found = named(kind, line.given, PROVIDERS, line.arguments, current)
    return "none", [(before + text, about) for text, about in found if text.startswith(current)]
