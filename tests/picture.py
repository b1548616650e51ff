"""Draw the terminal picture in the README from a real run: ``python -m tests.picture``."""

from __future__ import annotations

import io
import json
import re
import tempfile
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from tests.gateway_database import columns, make_database
from tests.program import Program
from tests.sentinel import Sentinel

PICTURE: Final = Path(__file__).parent.parent / "examples" / "terminal.svg"
TITLE: Final = "bifrost-keys"
WIDTH: Final = 96
COMMANDS: Final = ("list", "status", "check")


def _key(name: str, **fields: Any) -> dict[str, Any]:
    made = str(uuid5(NAMESPACE_URL, name))
    return {"id": made, "name": name, "models": ["*"], "weight": 1, "enabled": True, **fields}


# What the file had at the last start of the gateway. Then prod got another weight in the file, batch one
# in the web UI, spare was added, old was deleted.
_PROD = _key("prod", value="env.OPENAI_API_KEY")
_BATCH = _key("batch", value="env.OPENAI_BATCH_KEY", models=["gpt-5-mini", "gpt-4o-mini"], weight=0.5)
_CLAUDE = _key("claude", value="env.ANTHROPIC_API_KEY", models=["claude-sonnet-4-5"])
_OLD = _key("old", value="env.GROQ_API_KEY")
_SPARE = _key("spare", value="env.OPENAI_SPARE_KEY", models=[], enabled=False)


def session() -> str:
    """Return what a terminal shows, with its colours: each command line, and what it printed."""
    with tempfile.TemporaryDirectory() as root:
        run = Program(Path(root), Sentinel(None), extra={"COLORTERM": "truecolor"})
        folder = Path(run.environ["HOME"], ".config/bifrost")
        folder.mkdir(parents=True)
        now = {"openai": [{**_PROD, "weight": 2}, _BATCH, _SPARE], "anthropic": [_CLAUDE]}
        providers = {name: {"keys": keys} for name, keys in now.items()}
        text = {"$schema": "https://www.getbifrost.ai/schema", "providers": providers}
        (folder / "config.json").write_text(json.dumps(text, indent=2))
        (folder / "config.json").chmod(0o600)
        make_database(
            folder / "config.db",
            columns("openai", _PROD),
            columns("openai", _BATCH, weight=3.0),
            columns("anthropic", _CLAUDE),
            columns("groq", _OLD),
        )
        shown = ""
        for command in COMMANDS:
            printed = run.on_terminal(command, columns=WIDTH, env={"HOME": run.environ["HOME"]}).out
            shown += f"\x1b[1m$ keys {command}\x1b[0m\n{printed}\n"
        return shown.replace("\r\n", "\n").replace(run.environ["HOME"], "/home/me")


def plain(text: str) -> str:
    """Return the text without its colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def main() -> None:
    """Write the picture."""
    from rich.console import Console
    from rich.text import Text

    console = Console(record=True, width=WIDTH, file=io.StringIO(), color_system="truecolor")
    for line in session().rstrip().splitlines():
        console.print(Text.from_ansi(line), soft_wrap=True)
    PICTURE.write_text(console.export_svg(title=TITLE, unique_id="terminal"), encoding="utf-8")


if __name__ == "__main__":
    main()
