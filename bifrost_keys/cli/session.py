"""What every command is told besides its own options: which file, which output, how long to wait."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from bifrost_keys.errors import ConfigUnusableError, InvalidInputError, NotFoundError, UsageError
from bifrost_keys.gateway.rules.fault import Fault

if TYPE_CHECKING:
    from bifrost_keys.stores.config_file.locate import Location
    from bifrost_keys.stores.config_file.store import FileStore
    from bifrost_keys.stores.stream import StreamStore

OUTPUTS: Final = ("table", "json", "name")
DEFAULT_LOCK_TIMEOUT: Final = 10.0
RELEASE_VARIABLE: Final = "BIFROST_KEYS_GATEWAY_RELEASE"
GLOBAL_PANEL: Final = "Global options"
_MISSING_IN_FILE: Final = ("config-not-found", "provider-not-found", "key-not-found")
_TRUE: Final = frozenset({"1", "true", "yes", "on"})


def _option(annotation: Any, *names: str, **settings: Any) -> Any:
    return Annotated[
        annotation, typer.Option(*names, rich_help_panel=GLOBAL_PANEL, show_default=False, **settings)
    ]


_DECLARED: Final[Mapping[str, tuple[Any, Any]]] = {
    "config": (
        _option(str | None, "--config", metavar="PATH", help="The config.json to use; - is standard input."),
        None,
    ),
    "app_dir": (
        _option(
            str | None, "--app-dir", metavar="DIR", help="The gateway's directory; its config.json is used."
        ),
        None,
    ),
    "output": (
        _option(str | None, "--output", "-o", metavar="table|json|name", help="Form of the result."),
        None,
    ),
    "quiet": (_option(bool, "--quiet", "-q", help="Print no result and no advice."), False),
    "no_color": (_option(bool, "--no-color", help="No colour; NO_COLOR does the same."), False),
    "no_input": (
        _option(bool, "--no-input", help="Never prompt; BIFROST_KEYS_NO_INPUT does the same."),
        False,
    ),
    "lock_timeout": (
        _option(str | None, "--lock-timeout", metavar="SECONDS", help="How long to wait for the lock (10)."),
        None,
    ),
    "gateway_release": (
        _option(
            str | None,
            "--gateway-release",
            metavar="RELEASE",
            help="The gateway's release, as 1.5.1: the recipe of config_hash follows it.",
        ),
        None,
    ),
    "stdout": (
        _option(bool, "--stdout", help="With --config -: write the changed file to standard output."),
        False,
    ),
}
GLOBAL_PARAMETERS: Final = tuple(
    inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
    for name, (annotation, default) in _DECLARED.items()
)
GLOBAL_NAMES: Final = frozenset(_DECLARED)


@dataclass
class Session:
    """One run of one command; ``claim_stdin`` keeps two options from reading standard input."""

    config: str | None = None
    app_dir: str | None = None
    output: str = "table"
    quiet: bool = False
    color: bool = True
    interactive: bool = False
    lock_timeout: float = DEFAULT_LOCK_TIMEOUT
    gateway_release: str | None = None
    stdout: bool = False
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    _stdin_claim: str | None = None

    @classmethod
    def of(cls, outer: Mapping[str, Any], inner: Mapping[str, Any]) -> Session:
        """The session that the options before (``outer``) and after the command's name ask for."""
        given = {name: _later(inner.get(name), outer.get(name)) for name in GLOBAL_NAMES}
        for name, option in (("config", "--config"), ("app_dir", "--app-dir")):
            if given[name] == "":
                raise invalid_option(option, "is empty", hint="leave it out for the default file")
        environ = os.environ
        no_input = bool(given["no_input"]) or environ.get("BIFROST_KEYS_NO_INPUT", "").lower() in _TRUE
        return cls(
            config=given["config"],
            app_dir=given["app_dir"],
            output=_output(given["output"], environ.get("BIFROST_KEYS_OUTPUT")),
            quiet=bool(given["quiet"]),
            color=not given["no_color"] and allows_style(environ),
            interactive=not no_input
            and not given["stdout"]
            and is_terminal(sys.stdin)
            and is_terminal(sys.stderr),
            lock_timeout=_seconds(given["lock_timeout"]),
            gateway_release=_release(given["gateway_release"], environ.get(RELEASE_VARIABLE)),
            stdout=bool(given["stdout"]),
            _stdin_claim="--config -" if given["config"] == "-" else None,
        )

    @property
    def advises(self) -> bool:
        """Whether advice on standard error has a reader: a person at a terminal."""
        return not self.quiet and self.output != "json" and is_terminal(sys.stderr)

    def claim_stdin(self, option: str) -> None:
        """Give standard input to ``option``; raises UsageError when another has it already."""
        if self._stdin_claim is not None:
            message = f"standard input is asked for twice: by {self._stdin_claim} and by {option}"
            raise UsageError(message, code="stdin_twice")
        self._stdin_claim = option

    def location(self) -> Location:
        """The file that this run is about, and why."""
        from bifrost_keys.stores.config_file.locate import home_directory, locate, working_directory

        if self.config == "-":
            raise UsageError("--config - names standard input, which is no file", code="no_path")
        return locate(
            config=self.config,
            app_dir=self.app_dir,
            environ=self.environ,
            cwd=working_directory(),
            home=home_directory(self.environ),
        )

    @property
    def source(self) -> str:
        """How messages call the file that this run is about."""
        return "standard input" if self.config == "-" else self.location().path

    def name_passed_over(self, error: NotFoundError) -> None:
        """Add the ./config.json that was passed over to an error about what is missing in another file."""
        if error.code.replace("_", "-") not in _MISSING_IN_FILE or self.config == "-":
            return
        passed_over = self.location().passed_over
        if passed_over:
            error.message += f" ({passed_over})"

    def store(self, *, initial: str | None = None) -> FileStore | StreamStore:
        """The store that this run is about; ``initial`` is the text of a missing file (``--init``)."""
        return self.config_store(initial=initial)

    def config_store(self, *, initial: str | None = None) -> FileStore | StreamStore:
        """The store of the file; ``initial`` is the text of a file that is missing (``--init``)."""
        if self.stdout and self.config != "-":
            raise UsageError("--stdout goes with --config -")
        if self.config == "-":
            from bifrost_keys.stores.stream import StreamStore

            return StreamStore(
                read_stdin_config(),
                initial=initial,
                writable=self.stdout,
                release=self.gateway_release,
            )
        from bifrost_keys.stores.config_file.store import FileStore

        return FileStore(
            self.location().path,
            lock_timeout=self.lock_timeout,
            on_wait=self.say_waiting,
            initial=initial,
            release=self.gateway_release,
        )

    def say_waiting(self) -> None:
        """A line about waiting for a lock, for people."""
        if self.output != "json" and not self.quiet:
            print_to_stderr("waiting for another run to release the lock ...")


def allows_style(environ: Mapping[str, str]) -> bool:
    """Whether the environment lets a terminal show styles: NO_COLOR is unset or empty, TERM not dumb."""
    return not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def is_terminal(stream: Any) -> bool:
    """Whether this standard stream is open and a terminal."""
    try:
        return stream is not None and bool(stream.isatty())
    except ValueError:  # closed
        return False


def read_stdin_config() -> bytes:
    """The whole of standard input; raises ConfigUnusableError past the size that a config may have."""
    from bifrost_keys.stores.files.bounded_input import read_stdin
    from bifrost_keys.stores.files.open_file import MAX_CONFIG_BYTES

    try:
        return read_stdin(limit=MAX_CONFIG_BYTES)
    except InvalidInputError:
        raise ConfigUnusableError("standard input: is larger than 512 MiB", code="too-large") from None


def invalid_option(
    option: str, message: str, *, hint: str = "", code: str = "invalid-option"
) -> InvalidInputError:
    """The error for a wrong value of one option; it never repeats the value."""
    fault = Fault(code, (option,), "error", message, hint)
    return InvalidInputError(
        f"{option}: {message}", code="invalid_input", hint=hint, field=option, faults=[fault]
    )


def wanted_output(argv: Sequence[str], environ: Mapping[str, str]) -> str:
    """The output form that a command line asks for, read leniently: usage errors follow it too."""
    wanted = environ.get("BIFROST_KEYS_OUTPUT", "table")
    for index, argument in enumerate(argv):
        if argument == "--":
            break
        if argument in ("-o", "--output") and index + 1 < len(argv):
            wanted = argv[index + 1]
        elif argument.startswith("--output="):
            wanted = argument.removeprefix("--output=")
        elif argument.startswith("-o") and not argument.startswith("--"):
            wanted = argument[2:].removeprefix("=")
    return wanted if wanted in OUTPUTS else "table"


def _later(inner: Any, outer: Any) -> Any:
    """The option after the command's name when it was given there, otherwise the one before it."""
    return outer if inner is None or inner is False else inner


def _output(option: str | None, variable: str | None) -> str:
    text = option if option is not None else variable or "table"
    if text not in OUTPUTS:
        where = "--output" if option is not None else "BIFROST_KEYS_OUTPUT"
        raise invalid_option(where, "must be table, json or name")
    return text


def _seconds(text: str | None) -> float:
    if text is None:
        return DEFAULT_LOCK_TIMEOUT
    from bifrost_keys.gateway.key import number_of

    seconds = number_of(text)
    if seconds is None or not 0 <= seconds <= 86_400:
        raise invalid_option("--lock-timeout", "must be a number of seconds from 0 to 86400")
    return seconds


def _release(option: str | None, variable: str | None) -> str | None:
    text = option if option is not None else variable or None
    if text is not None:
        from bifrost_keys.gateway.releases import recipe_for_release

        try:
            recipe_for_release(text)
        except InvalidInputError as error:
            where = "--gateway-release" if option is not None else RELEASE_VARIABLE
            raise invalid_option(where, error.message, hint=error.hint or "", code=error.code) from None
    return text


def print_to_stderr(text: str) -> None:
    """One piece of text on standard error; a closed or full one is nobody's fault to report."""
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except (AttributeError, OSError, ValueError):
        return
