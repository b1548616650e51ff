"""Suggest commands and options for words from other programs, and for typos."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

# Words that other programs use for a command, with the hint.
_COMMANDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("make", "register", "insert", "store"), "did you mean keys create?"),
    **dict.fromkeys(("read", "cat", "print", "inspect", "has", "exists"), "did you mean keys get?"),
    **dict.fromkeys(("find", "search", "keys", "all"), "did you mean keys list?"),
    **dict.fromkeys(("modify", "change", "alter", "patch"), "did you mean keys update?"),
    **dict.fromkeys(("put", "write", "upsert", "ensure"), "did you mean keys set?"),
    **dict.fromkeys(("del", "unset", "drop", "destroy", "erase", "purge"), "did you mean keys delete?"),
    **dict.fromkeys(("activate", "resume", "unblock", "on"), "did you mean keys enable?"),
    **dict.fromkeys(
        ("deactivate", "pause", "suspend", "revoke", "block", "off"), "did you mean keys disable?"
    ),
    **dict.fromkeys(("renew", "replace", "refresh"), "did you mean keys rotate?"),
    **dict.fromkeys(("verify", "doctor", "diagnose", "audit"), "did you mean keys check?"),
    **dict.fromkeys(("why", "route", "models"), "did you mean keys explain PROVIDER MODEL?"),
    "plan": "did you mean keys apply FILE --dry-run --diff?",
    **dict.fromkeys(("sync", "provision"), "did you mean keys apply FILE?"),
    **dict.fromkeys(("dump", "backup"), "did you mean keys export?"),
    **dict.fromkeys(("where", "which", "config"), "did you mean keys path?"),
    **dict.fromkeys(("man", "docs"), "did you mean keys help?"),
    "load": "did you mean keys import FILE?",
    "prune": "did you mean keys delete NAME --prune?",
    **dict.fromkeys(
        ("cp", "copy", "clone"), "keys get NAME -o json shows what keys create --from-file reads"
    ),
    **dict.fromkeys(
        ("restore", "undelete", "undo", "rollback"),
        "keys create PROVIDER --name NAME --overwrite-web restores a key that the gateway still has",
    ),
    **dict.fromkeys(
        ("restart", "reload", "start", "stop"),
        "bifrost-keys does not start the gateway; keys status shows what its next start will do",
    ),
}
# Option names of other programs, with the options to suggest if the command has them.
_OPTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("--json", "--format", "--output-format"), ("-o json",)),
    **dict.fromkeys(("--force", "--assume-yes", "--confirm", "--no-confirm"), ("--yes",)),
    "-f": ("--yes", "--from-file"),
    **dict.fromkeys(("--dryrun", "--noop", "--no-op", "--simulate", "--plan", "--pretend"), ("--dry-run",)),
    "-n": ("--name", "--dry-run"),
    **dict.fromkeys(("--env", "--value-from-env", "--from-env", "--env-var"), ("--value-env",)),
    **dict.fromkeys(("--stdin", "--from-stdin", "--password-stdin", "--with-token"), ("--value-stdin",)),
    **dict.fromkeys(("--secret-file", "--key-file", "--api-key-file", "--token-file"), ("--value-file",)),
    **dict.fromkeys(("--file", "--input", "--body", "--data", "-d"), ("--from-file",)),
    **dict.fromkeys(("--config-file", "--conf", "--path", "-c"), ("--config",)),
    **dict.fromkeys(("--dir", "--directory", "-C"), ("--app-dir",)),
    **dict.fromkeys(("--silent", "-s"), ("--quiet",)),
    **dict.fromkeys(
        ("--non-interactive", "--no-interactive", "--no-prompt", "--batch-mode"), ("--no-input",)
    ),
    **dict.fromkeys(("--color", "--colour", "--no-colour"), ("--no-color",)),
    **dict.fromkeys(("--label", "--title", "--alias-name"), ("--name",)),
    **dict.fromkeys(("--uuid", "--key-id"), ("--id",)),
    **dict.fromkeys(("--block-model", "--deny-model", "--exclude-model"), ("--blacklisted-model",)),
    **dict.fromkeys(("--allow-model", "--allowed-models", "--whitelisted-model"), ("--model",)),
    **dict.fromkeys(("--base-url", "--host", "--address", "--server"), ("--url", "--endpoint")),
    **dict.fromkeys(("--timeout", "--wait"), ("--lock-timeout",)),
    **dict.fromkeys(("--release", "--bifrost-version"), ("--gateway-release",)),
    **dict.fromkeys(("--exist-ok", "--ignore-existing", "--skip-existing"), ("--if-not-exists",)),
    **dict.fromkeys(("--ignore-missing", "--ignore-not-found", "--missing-ok"), ("--if-exists",)),
    **dict.fromkeys(("--show-secrets", "--show-secret", "--unmask", "--plaintext", "--raw"), ("--reveal",)),
    **dict.fromkeys(("--detailed-exitcode", "--check"), ("--exit-code", "--dry-run")),
    "--all": ("--all",),  # not an abbreviation of --allow-http
    "--unset": ("--clear",),
    "--remove": ("--clear",),
    "--enable": ("--enabled",),
    "--disable": ("--disabled",),
}
# The least similarity of two words, from 0 to 1: 0.75 finds "lst" and "crate", but not "arn" for "tag".
_LEAST_LIKENESS: Final = 0.75


def meant_command(word: str, commands: Iterable[str]) -> str | None:
    """Return the hint for an unknown command: its meaning in other programs, else similar names."""
    known = _COMMANDS.get(word.lower())
    return known or _did_you_mean([f"keys {name}" for name in spelled_like(word, commands)])


def meant_option(name: str, options: Iterable[str]) -> str | None:
    """Return the hint for an unknown option of a command that has ``options``, None if none is similar."""
    known = set(options)
    meant = _OPTIONS.get(name.lower())
    if meant is not None:
        return _did_you_mean([each for each in meant if each.partition(" ")[0] in known])
    begun = [each for each in options if len(name) >= 5 and each.startswith(name)]
    return _did_you_mean(begun[:3] or spelled_like(name, options))


def spelled_like(word: str, known: Iterable[str]) -> list[str]:
    """Return the known words that ``word`` may be a typo of, the nearest first, without their opposites."""
    import difflib

    bare = {each.lstrip("-"): each for each in known}
    found = difflib.get_close_matches(word.lstrip("-").lower(), bare, 3, _LEAST_LIKENESS)
    return [bare[each] for each in found if not _opposite(word.lstrip("-"), each)]


def _opposite(word: str, other: str) -> bool:
    """Return whether one of the words negates the other."""
    return any(
        one.startswith(("un", "no-", "dis", "de")) and one.endswith(two) and one != two
        for one, two in ((word, other), (other, word))
    )


def _did_you_mean(names: list[str]) -> str | None:
    return f"did you mean {' or '.join(names)}?" if names else None
