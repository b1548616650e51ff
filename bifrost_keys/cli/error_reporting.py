"""Report errors on standard error and turn them into exit codes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from typer.exceptions import Abort, TyperException

from bifrost_keys.cli.output.formats import FORMATS, Format
from bifrost_keys.cli.output.messages import say, say_all, warning_json
from bifrost_keys.cli.output.screen import Screen, screen_of
from bifrost_keys.cli.output.streams import ReaderGone, give_up_stdout, print_to_stderr
from bifrost_keys.errors import BifrostKeysError, ConfigUnusableError, IOFailureError, UsageError
from bifrost_keys.gateway.rules.fault import Fault, path_text

if TYPE_CHECKING:
    from bifrost_keys.cli.output.contract.errors import ErrorBody


def guarded(run: Callable[[], Any], *, output: str, given: Sequence[str] = (), final: bool = False) -> int:
    """Run a command and return its exit code; report every error on standard error.

    ``output`` is the form of output. ``given`` is the command line, in which only the names of options are
    searched. ``final`` says that the process ends after this run.
    """
    from bifrost_keys.stores.files.signals import Interrupted, handled, outcome

    def told(error: BifrostKeysError) -> int:
        screen = screen_of(sys.stderr, no_color="--no-color" in given)
        return report(error, FORMATS[output], screen=screen, given=given)

    try:
        with handled(final=final):
            code = run()
        return code if isinstance(code, int) else 0
    except BifrostKeysError as error:
        return told(error)
    except ReaderGone as gone:
        return gone.exit_code
    except TyperException as error:
        # The message of Click may repeat an argument, which may be a secret.
        message = f"the command line is invalid ({type(error).__name__})"
        return told(UsageError(message, hint="see keys --help"))
    except Interrupted as interrupted:
        return interrupted.exit_code
    except (KeyboardInterrupt, Abort, EOFError):
        return 130
    except MemoryError:
        return told(BifrostKeysError(f"out of memory; {outcome()}"))
    except OSError as error:
        # The framework prints help itself. An OSError that was not reported elsewhere is not a bug.
        give_up_stdout()
        reason = os.strerror(error.errno) if error.errno else "input or output failed"
        return told(IOFailureError(f"{reason}; {outcome()}"))
    except Exception as error:  # never print a traceback, which could show a secret
        place = _place(error)
        message = f"unexpected {type(error).__name__} at {place}; {outcome()}"
        return told(BifrostKeysError(message, hint="this is a bug in bifrost-keys"))


def report(error: BifrostKeysError, form: Format, *, screen: Screen, given: Sequence[str] = ()) -> int:
    """Report one error on standard error and return its exit code.

    It is printed as one line, or as one JSON object for structured output; at a terminal the hint is on its
    own line.
    """
    if form.structured:
        print_to_stderr(json.dumps({"error": _json(error, given)}))
        return error.exit_code
    if len(error.faults) == 1:
        fault = error.faults[0]
        _say("error", fault_text(fault, given), fault.hint, screen)
    else:
        _say("error", error.message, error.hint or "", screen)
        from bifrost_keys.cli.output.many import first_of_each  # only for errors

        first, more = first_of_each(error.faults)
        for fault in first:
            _say("", fault_text(fault, given), fault.hint, screen, indent="  ")
        for code, count in more.items():
            _say("", f"{count} more [{code}]: -o json lists them all", "", screen, indent="  ")
    say_all(error.notices, screen=screen)
    return error.exit_code


def _say(kind: str, text: str, hint: str, screen: Screen, *, indent: str = "") -> None:
    if screen.columns is None and hint:  # a log needs one line per error
        text, hint = f"{text}; {hint}", ""
    say(kind, text, hint, screen=screen, indent=indent)


def _option(fault: Fault, given: Sequence[str]) -> str | None:
    """Return the option that sets the faulty field, in the form that was given if it has several."""
    from bifrost_keys.cli.key_options import option_of  # this takes 2 ms, and only errors need it

    option = option_of(fault.path)
    if option is None or _stands(option, given):
        return option
    forms = [f"{option}{form}" for form in ("-env", "-stdin", "-file", "-command")]
    forms += [option.replace("--", form, 1) for form in ("--add-", "--remove-")]
    found = next((form for form in forms if _stands(form, given)), None)
    # A secret without an option was typed at a prompt, or is in a file: --value did not cause the fault.
    if found is None and (option != "--value" or fault.code == "value-missing") and _has(given, option):
        return option
    return found


def _has(given: Sequence[str], option: str) -> bool:
    """Return whether the command on this command line has the option."""
    from bifrost_keys.cli.completion.table import COMMANDS

    command = next((argument for argument in given if argument in COMMANDS), None)
    return command is None or option in COMMANDS[command][2]


def _stands(option: str, given: Sequence[str]) -> bool:
    return any(argument == option or argument.startswith(f"{option}=") for argument in given)


def fault_text(fault: Fault, given: Sequence[str]) -> str:
    """Return the fault in words: its field, the option that sets it, and the message."""
    where = path_text(fault.path)
    option = _option(fault, given)
    if option is not None and option != where:
        where = f"{where} ({option})"
    return f"{where}: {fault.message}" if where else fault.message


def _json(error: BifrostKeysError, given: Sequence[str]) -> ErrorBody:
    """Return the error as JSON: ``field`` is a field of a key, ``option`` a word of the command line."""
    field, option = _place_json(error, given)
    told: ErrorBody = {
        "code": error.code,
        "exit_code": error.exit_code,
        "message": error.message,
        "field": field,
        "option": option,
        "hint": error.hint,
        "faults": [
            {
                "code": fault.code,
                "field": path_text(fault.path),
                "option": _option(fault, given),
                "message": fault.message,
                "hint": fault.hint or None,
            }
            for fault in error.faults
        ],
    }
    if isinstance(error, ConfigUnusableError):
        told["line"], told["column"] = error.line, error.column
    if error.report is not None:  # a gateway cannot undo the changes before the error
        from bifrost_keys.cli.output.change_json import change_json, gateway_json
        from bifrost_keys.stores.protocol import GatewayFacts

        report = error.report
        told["changes"] = [change_json(change, diff=False) for change in report.changes]
        told["effective"] = report.receipt.effective
        if isinstance(report.receipt.store, GatewayFacts):
            told["store"] = gateway_json(report.receipt.store)
    if error.notices:
        told["warnings"] = [warning_json(notice) for notice in error.notices]
    return told


def _place_json(error: BifrostKeysError, given: Sequence[str]) -> tuple[str | None, str | None]:
    """Return the field and the option that the error is about."""
    if len(error.faults) == 1 and error.field is None:
        fault = error.faults[0]
        return path_text(fault.path), _option(fault, given)
    field = error.field
    if field is None or field.startswith("-") or field.isupper():  # an option, an argument or a variable
        return None, field
    from bifrost_keys.cli.key_options import option_of

    return field, option_of((field,))


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "an unknown place"
    module = trace.tb_frame.f_globals.get("__name__", "?")
    return f"{module}:{trace.tb_lineno}"
