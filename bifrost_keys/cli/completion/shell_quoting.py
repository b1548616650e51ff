"""Split a command line by a shell's quoting rules, and quote candidates for it."""

_SPACE = " \t\n"
# Bash's readline begins a new word at these characters, although the shell does not.
_BREAKS = "=:@"
_SPECIAL = " \t\"'\\$`!*?[]{}()<>|&;#~=:@,^"


class Word:
    """One word of a line: its ``text`` unquoted, and the ``quote`` that is open at its end, if any.

    ``kept`` is the length of the text before the part that readline completes, which begins after an open
    quote or after the last unquoted break.
    """

    def __init__(self) -> None:
        self.text = ""
        self.quote = ""
        self.kept = 0


def line_words(line: str) -> list[Word]:
    """Return the words of a line up to the cursor; the last one is being typed and may be empty."""
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
    """Return the text that bash should insert for a candidate, instead of the last part of ``word``."""
    rest = text[word.kept :]
    if word.quote == "'":
        return rest.replace("'", "'\\''")
    special = '"\\$`' if word.quote else _SPECIAL
    return "".join(f"\\{c}" if c in special else c for c in rest)
