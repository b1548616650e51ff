"""Questions at the terminal: they go to standard error, and the answer comes from standard input."""

from __future__ import annotations

import sys


def ask_line(prompt: str) -> str | None:
    """A line that is typed after the prompt, None where the input ends; Ctrl-C leaves a clean line."""
    sys.stderr.write(prompt)
    sys.stderr.flush()
    try:
        answer = sys.stdin.readline()
    except BaseException:  # a signal, which ends the run
        sys.stderr.write("\n")
        raise
    if not answer.endswith("\n"):
        sys.stderr.write("\n")
        return answer or None
    return answer
