"""The entry point: ``keys``, ``bifrost-keys`` and ``python -m bifrost_keys``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the program and exit with its code; what needs no framework is answered without it."""
    if sys.argv[1:] == ["--version"]:
        from bifrost_keys import __version__

        try:
            sys.stdout.write(f"bifrost-keys {__version__}\n")
            sys.stdout.flush()
        except (AttributeError, OSError, ValueError):
            sys.exit(74)
        return
    if sys.argv[1:2] == ["__complete"]:
        from bifrost_keys.cli.completion import answer

        answer(sys.argv[2:])
        return
    import gc
    import os

    # Plug-ins of Pydantic see what is validated, so secrets too; looking for them costs time besides.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"

    # A run is short and makes few cycles; the collector would only walk the large documents.
    gc.disable()
    from bifrost_keys.cli.app import make_app

    make_app(sys.argv[1:])()


if __name__ == "__main__":
    main()
