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
    except BaseException as error:  # an import that fails; a panic in a Rust library is not an Exception
        code = _report_broken(error)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            code = code or (74 if stream is not None and stream is sys.stdout else 0)
    # Every file is closed and the lock is released. Finalizing the interpreter would take another fifth of
    # the run's time and change nothing.
    os._exit(code)


def run(argv: list[str]) -> int:
    """Run the program and return its exit code; completion and --version do not load the framework."""
    bare = argv in (["--version"], ["-V"], ["-v"], ["version"])
    if bare and not os.environ.get("BIFROST_KEYS_OUTPUT"):
        from bifrost_keys import __version__

        try:
            sys.stdout.write(f"bifrost-keys {__version__}\n")
            sys.stdout.flush()
        except BrokenPipeError:
            return 141
        except (AttributeError, OSError, ValueError):
            return 74
        return 0
    if argv[:1] == ["__complete"]:
        from bifrost_keys.cli.completion.answer import answer

        answer(argv[1:])
        return 0
    import gc

    # Pydantic plug-ins would see the validated data, including secrets, and searching for them costs time.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"

    # A run is short and creates few reference cycles; the collector would only traverse large documents.
    gc.disable()
    from bifrost_keys.cli.main import main as run_program

    return run_program(argv, final=True)


def _report_broken(error: BaseException) -> int:
    """Print one line instead of a traceback, which could show a secret."""
    signals = sys.modules.get("bifrost_keys.stores.files.signals")
    written = signals is not None and signals.has_written()
    what = "stopped unexpectedly" if written else "could not start"
    outcome = "the change was written" if written else "nothing was written"
    try:
        sys.stderr.write(f"error: bifrost-keys {what} ({type(error).__name__}); {outcome}\n")
    except (AttributeError, OSError, ValueError):
        return 70
    return 70


if __name__ == "__main__":
    main()
