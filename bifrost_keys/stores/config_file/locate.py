"""Decide which config file a command uses, and why."""

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple

from bifrost_keys.errors import ConfigUnusableError, InvalidInputError, NotFoundError
from bifrost_keys.stores.config_file.default_file import FILE_NAME, default_file
from bifrost_keys.stores.config_file.recognition import ABSENT, MAY_BE_OURS, why_not_bifrosts
from bifrost_keys.stores.files.open_file import no_working_directory

_HERE = "./config.json"
RULES = ("--config", "--app-dir", "BIFROST_CONFIG", "BIFROST_APP_DIR", _HERE, "default")


class Tried(NamedTuple):
    """A rule that was considered, with its path; ``why`` is the result."""

    path: str
    rule: str
    why: str


class Location(NamedTuple):
    """The file to use, the rule that chose it, and every rule in its order with its result.

    ``passed_over`` says why the ``config.json`` of the working directory is not used; it is empty if there is
    none, or if an earlier rule applied. ``passed_over_ours``: it may well be Bifrost's, damaged or in an old
    format, and not another project's.
    """

    path: str
    rule: str
    tried: tuple[Tried, ...]
    passed_over: str = ""
    passed_over_ours: bool = False


def working_directory() -> str:
    """Return the working directory; empty if it has been removed."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return ""


def locate(
    *, config: str | None, app_dir: str | None, environ: Mapping[str, str], cwd: str, home: str
) -> Location:
    """Return the config file by the first rule that applies.

    The rules are --config, --app-dir, BIFROST_CONFIG, BIFROST_APP_DIR (an empty variable counts as unset),
    then ./config.json if it is Bifrost's (it has a ``providers`` object or Bifrost's ``$schema``), then the
    gateway's own default, ~/.config/bifrost/config.json. A ``~`` at the beginning is the home directory.

    Raise InvalidInputError for an empty --config or --app-dir, because an unset variable in a script must not
    lead to another file. ``cwd`` is empty if there is no working directory; a relative path then raises
    NotFoundError. Raise ConfigUnusableError or NotFoundError for a path of the wrong kind, AccessDeniedError
    for a ./config.json that may not be read.
    """
    for option, value in (("--config", config), ("--app-dir", app_dir)):
        if value == "":
            raise InvalidInputError(f"{option} is empty", code="path-empty", field=option)
    tried, passed_over, ours = [], "", False
    for rule, path, found in _candidates(config, app_dir, environ, cwd, home):
        tried.append(Tried(path, rule, found or "used"))
        if rule == _HERE and found not in (None, ABSENT):
            passed_over, ours = f"{path} was passed over: it {found}", found in MAY_BE_OURS
        if found is None:
            rest = (Tried("", later, "not tried") for later in RULES[len(tried) :])
            return Location(path, rule, (*tried, *rest), passed_over, ours)
    raise AssertionError("the last rule always applies")


def missing(path: str) -> NotFoundError:
    """Return the error for a config that does not exist; a secret given instead of a path is masked."""
    from bifrost_keys.gateway.secrets.masking import shown_path

    hint = "keys init creates it; --config or --app-dir names another file"
    return NotFoundError(f"no file {shown_path(path)}", code="config-not-found", hint=hint)


def _candidates(
    config: str | None, app_dir: str | None, environ: Mapping[str, str], cwd: str, home: str
) -> Iterator[tuple[str, str, str | None]]:
    """Yield the rules in order, each with its path and why it does not apply (None if it does)."""
    given = (
        ("--config", config, False),
        ("--app-dir", app_dir, True),
        ("BIFROST_CONFIG", environ.get("BIFROST_CONFIG"), False),
        ("BIFROST_APP_DIR", environ.get("BIFROST_APP_DIR"), True),
    )
    for rule, value, is_directory in given:
        if value:
            place = os.path.join(cwd, _expanded(value, home))
            if not os.path.isabs(place):
                raise no_working_directory()
            (_refuse_file if is_directory else _refuse_directory)(place, rule)
            yield rule, os.path.join(place, FILE_NAME) if is_directory else place, None
        else:
            yield rule, "", "not given" if rule.startswith("--") else "not set"
    here = os.path.join(cwd, FILE_NAME)
    yield _HERE, here, why_not_bifrosts(here) if cwd else ABSENT
    if not os.path.isabs(home):
        hint = "name the file with --config or --app-dir"
        raise NotFoundError("no home directory is known", code="home-unknown", hint=hint)
    yield "default", default_file(home), None


def _expanded(value: str, home: str) -> str:
    """Return the path with ``~`` expanded, which no shell does in quotes, after ``=`` or in a unit file."""
    if value == "~" or value.startswith("~/"):
        return home + value[1:]
    return os.path.expanduser(value)


def _refuse_directory(place: str, rule: str) -> None:
    """Raise ConfigUnusableError for the path of a directory or a pipe instead of a file."""
    mode = _mode(place)
    directory = "--app-dir" if rule.startswith("--") else "BIFROST_APP_DIR"
    if stat.S_ISDIR(mode):
        hint = f"{directory} uses the {FILE_NAME} in a directory"
        raise ConfigUnusableError(
            f"{place} is a directory, not a regular file", code="path-not-a-file", hint=hint
        )
    if place.endswith("/"):
        hint = f"leave the slash out, or name a directory with {directory}"
        raise ConfigUnusableError(
            f"{place} ends with a slash, so it is not a file", code="path-not-a-file", hint=hint
        )
    if stat.S_ISFIFO(mode):
        hint = "--config - reads the config from standard input"
        raise ConfigUnusableError(f"{place} is a FIFO, not a regular file", code="path-not-a-file", hint=hint)


def _refuse_file(place: str, rule: str) -> None:
    """Raise NotFoundError for the path of a file instead of a directory."""
    if stat.S_ISREG(_mode(place)):
        hint = f"{'--config' if rule.startswith('--') else 'BIFROST_CONFIG'} names a file"
        raise NotFoundError(f"{place} is a file, not a directory", code="directory-not-found", hint=hint)


def _mode(path: str) -> int:
    """Return the file type and mode, following links; 0 if nothing can be seen."""
    with suppress(OSError, ValueError):
        return os.stat(path).st_mode
    return 0
