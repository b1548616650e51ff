"""The JSON that each command prints, with an example."""

from typing import Any, Final, NamedTuple

from bifrost_keys.cli.output.contract.changes import Changes
from bifrost_keys.cli.output.contract.comparison import Diff, Status
from bifrost_keys.cli.output.contract.errors import Error
from bifrost_keys.cli.output.contract.findings import Findings, Routes, Tests
from bifrost_keys.cli.output.contract.keys import Export, Hashes, KeyList, OneKey, Variables
from bifrost_keys.cli.output.contract.notice import Notices
from bifrost_keys.cli.output.contract.program import (
    CommandHelp,
    Completion,
    CompletionFiles,
    GatewayPath,
    ManPages,
    Path,
    ProgramHelp,
    Providers,
    Topic,
    Topics,
    Version,
)


class Printed(NamedTuple):
    """What a command prints: the objects, of which it is one, and the command line of an example."""

    objects: tuple[Any, ...]
    example: str = ""
    # The output of an example that needs a server; other examples are real runs.
    shown: Diff | Tests | None = None


_DIFF: Final[Diff] = {
    "keys": [
        {
            "provider": "openai",
            "name": "prod",
            "state": "differs",
            "fields": ["weight"],
            "name_at_gateway": None,
            "looks_equal": False,
        }
    ],
    "total": 1,
    "differences": True,
    "config": {"path": "/home/me/bifrost/config.json"},
    "store": {"kind": "gateway", "url": "https://gateway.example", "release": "2.2.6", "persistent": True},
}

_TESTS: Final[Tests] = {
    "keys": [
        {
            "provider": "openai",
            "name": "prod",
            "status": "success",
            "description": "",
            "models_listed": 84,
            "not_listed": [],
        }
    ],
    "total": 1,
    "success": 1,
    "list_models_failed": 0,
    "not_tested": 0,
}

# In the order of the page. The commands of one entry print the same.
COMMANDS: Final[dict[tuple[str, ...], Printed]] = {
    ("list",): Printed((KeyList,), "keys list openai"),
    ("get",): Printed((OneKey,), "keys get openai/prod"),
    ("create",): Printed((Changes,), "keys create groq --name ci --id ci-key --value-env GROQ_API_KEY"),
    ("update", "set", "rotate", "rename", "enable", "disable", "delete"): Printed(
        (Changes,), "keys update openai/prod --weight 0.5 --diff --dry-run"
    ),
    ("apply", "import", "externalize"): Printed((Changes,), "keys apply desired.json --dry-run"),
    ("init", "check --fix"): Printed((Changes,), "keys init"),
    ("check",): Printed((Findings,), "keys check"),
    ("hash",): Printed((Hashes,), "keys hash openai/prod"),
    ("status",): Printed((Status, Diff), "keys status"),
    ("diff",): Printed((Diff,), "keys diff --gateway https://gateway.example", _DIFF),
    ("test",): Printed((Tests,), "keys test openai/prod", _TESTS),
    ("explain",): Printed((Routes,), "keys explain openai gpt-4o"),
    ("export",): Printed((Export,), "keys export openai"),
    ("export --env",): Printed((Variables,), "keys export --env"),
    ("path",): Printed((Path, GatewayPath), "keys path"),
    ("providers",): Printed((Providers,), "keys providers ollama"),
    ("help", "--help"): Printed((Topics, Topic, CommandHelp, ProgramHelp, ManPages), "keys help version"),
    ("version",): Printed((Version,), "keys version"),
    ("completion",): Printed((Completion, CompletionFiles)),
    ("warnings",): Printed((Notices,)),
    ("errors",): Printed((Error,), "keys get openai/pord"),
}
