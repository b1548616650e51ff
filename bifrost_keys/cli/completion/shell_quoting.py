"""Split a command line by a shell's quoting rules, and quote candidates for it."""

_SPACE = " \t\n"
# Where bash's readline begins a new word inside of what is one for the shell.
_BREAKS = "=:@"
_SPECIAL = " \t\"'\\$`!*?[]{}()<>|&;#~=:@,^"


class Word:
    """One word of a line: its ``text`` unquoted, the ``quote`` that is open at its end, if any.

    ``kept`` is how much of the text stands before what readline completes: it begins behind an open quote
    or the last unquoted break.
    """

    def __init__(self) -> None:
        self.text = ""
        self.quote = ""
        self.kept = 0


def line_words(line: str) -> list[Word]:
    """The words of a line up to the cursor, the last one being typed, maybe empty."""
    words = [Word()]
    fresh, at = True, 0
    while at < len(line):
        word, c = words[-1], line[at]
        at += 1
        if c in _SPACE and not word.quote:
            if not fresh:
                words.append(Word())
            fresh = True
            continue
        fresh = False
        if c == word.quote:
            word.quote = ""
        elif c == "\\" and (
            not word.quote or (word.quote == '"' and line[at : at + 1] in ('"', "\\", "$", "`"))
        ):
            word.text += line[at : at + 1]
            at += 1
        elif not word.quote and c in "\"'":
            word.quote, word.kept = c, len(word.text)
        else:
            word.text += c
            if not word.quote and c in _BREAKS:
                word.kept = len(word.text)
    return words


def bash_text(text: str, word: Word) -> str:
    """What bash is to insert for a candidate in the place of the part of ``word`` that readline looks at."""
    rest = text[word.kept :]
    if word.quote == "'":
        return rest.replace("'", "'\\''")
    special = '"\\$`' if word.quote else _SPECIAL
    return "".join(f"\\{c}" if c in special else c for c in rest)
