"""The entry point: ``keys``, ``bifrost-keys`` and ``python -m bifrost_keys``."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the program and end the process with its exit code."""
    try:
        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
    except BaseException as error:  # a part that cannot be loaded; a panic in a library is no Exception
        code = _tell_broken(error)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            code = code or (74 if stream is not None and stream is sys.stdout else 0)
    # Every file is closed and the lock released. To take the interpreter apart, object by object, would
    # take a fifth of a run's time, and leave nothing behind that matters to anybody.
    os._exit(code)


def run(argv: list[str]) -> int:
    """Run the program and answer its exit code; what needs no framework is answered without it."""
    if argv in (["--version"], ["-V"], ["-v"], ["version"]):
        from bifrost_keys import __version__

        try:
            sys.stdout.write(f"bifrost-keys {__version__}\n")
            sys.stdout.flush()
        except (AttributeError, OSError, ValueError):
            return 74
        return 0
    if argv[:1] == ["__complete"]:
        from bifrost_keys.cli.completion.answer import answer

        answer(argv[1:])
        return 0
    import gc

    # Plug-ins of Pydantic see what is validated, so secrets too; looking for them costs time besides.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"

    # A run is short and makes few cycles; the collector would only walk the large documents.
    gc.disable()
    from bifrost_keys.cli.main import main as run_program

    return run_program(argv, final=True)


def _tell_broken(error: BaseException) -> int:
    """One line instead of a traceback, which could show a secret."""
    signals = sys.modules.get("bifrost_keys.stores.files.signals")
    written = signals is not None and signals.has_written()
    outcome = "the change was written" if written else "nothing was written"
    try:
        sys.stderr.write(f"error: {type(error).__name__}: the program is not whole; {outcome}\n")
    except (AttributeError, OSError, ValueError):
        return 70
    return 70


if __name__ == "__main__":
    main()
