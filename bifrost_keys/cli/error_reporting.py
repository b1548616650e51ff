"""The one place where errors become words on standard error and exit codes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from typer.exceptions import Abort, TyperException

from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.many import first_of_each
from bifrost_keys.cli.output.streams import give_up_stdout
from bifrost_keys.cli.session import print_to_stderr
from bifrost_keys.errors import BifrostKeysError, ConfigUnusableError, IOFailureError, UsageError
from bifrost_keys.gateway.rules.fault import Fault, path_text

if TYPE_CHECKING:
    from bifrost_keys.stores.protocol import Notice


def guarded(run: Callable[[], Any], *, output: str, given: Sequence[str] = (), final: bool = False) -> int:
    """Run a command and answer its exit code; whatever it raises is told on standard error.

    ``given`` is the command line, looked at for the names of options only; ``final``: the process
    ends after this run.
    """
    from bifrost_keys.stores.files.signals import Interrupted, handled, outcome

    try:
        with handled(final=final):
            code = run()
        return code if isinstance(code, int) else 0
    except BifrostKeysError as error:
        return report(error, output=output, given=given)
    except TyperException as error:
        # Its message may repeat an argument, which may be a secret.
        message = f"the command line has a wrong form ({type(error).__name__})"
        return report(UsageError(message, hint="see keys --help"), output=output)
    except Interrupted as interrupted:
        return interrupted.exit_code
    except (KeyboardInterrupt, Abort, EOFError):
        return 130
    except MemoryError:
        return report(BifrostKeysError(f"out of memory; {outcome()}"), output=output)
    except OSError as error:
        # Help is printed by the framework itself; whatever is not told elsewhere is no fault of the program.
        give_up_stdout()
        reason = os.strerror(error.errno) if error.errno else "input or output failed"
        return report(IOFailureError(f"{reason}; {outcome()}"), output=output)
    except Exception as error:  # the last line of defence: never a traceback, which could show a secret
        place = _place(error)
        message = f"unexpected {type(error).__name__} at {place}; {outcome()}"
        return report(BifrostKeysError(message, hint="this is a fault of the program"), output=output)


def report(error: BifrostKeysError, *, output: str, given: Sequence[str] = ()) -> int:
    """Tell one error on standard error, as one line or as one JSON object; answers its exit code."""
    if output == "json":
        print_to_stderr(json.dumps({"error": _json(error, given)}))
        return error.exit_code
    if len(error.faults) == 1:
        print_to_stderr(f"error: {_fault_line(error.faults[0], given)}")
    else:
        print_to_stderr(f"error: {shown(error.message)}{f'; {shown(error.hint)}' if error.hint else ''}")
        first, more = first_of_each(error.faults)
        for fault in first:
            print_to_stderr(f"  {_fault_line(fault, given)}")
        for code, count in more.items():
            print_to_stderr(f"  {count} more [{code}]: -o json lists them all")
    report_notices(error.notices, output=output)
    return error.exit_code


def report_notices(notices: Sequence[Notice], *, output: str) -> None:
    """Tell warnings that come after the result; with JSON they are an object of their own."""
    if output == "json":
        from bifrost_keys.cli.output.changes import warning_json

        print_to_stderr(json.dumps({"warnings": [warning_json(notice) for notice in notices]}))
        return
    for notice in notices:
        print_to_stderr(shown(f"warning: {notice.message}"))


def _option(fault: Fault, given: Sequence[str]) -> str | None:
    """The option that sets the field at fault: the form of it that was given, where it has several."""
    from bifrost_keys.cli.key_options import option_of  # 2 ms that only an error pays

    option = option_of(fault.path)
    if option is None or _stands(option, given):
        return option
    forms = [f"{option}{form}" for form in ("-env", "-stdin", "-file")]
    forms += [option.replace("--", form, 1) for form in ("--add-", "--remove-")]
    return next((form for form in forms if _stands(form, given)), option if _has(given, option) else None)


def _has(given: Sequence[str], option: str) -> bool:
    """Whether the command of this command line has the option."""
    from bifrost_keys.cli.completion.table import COMMANDS

    command = next((argument for argument in given if argument in COMMANDS), None)
    return command is None or option in COMMANDS[command][2]


def _stands(option: str, given: Sequence[str]) -> bool:
    return any(argument == option or argument.startswith(f"{option}=") for argument in given)


def _fault_line(fault: Fault, given: Sequence[str]) -> str:
    where = path_text(fault.path)
    option = _option(fault, given)
    if option is not None and option != where:
        where = f"{where} ({option})"
    line = f"{where}: {fault.message}" if where else fault.message
    return shown(f"{line}; {fault.hint}" if fault.hint else line)


def _json(error: BifrostKeysError, given: Sequence[str]) -> Mapping[str, Any]:
    told: dict[str, Any] = {
        "code": error.code,
        "exit_code": error.exit_code,
        "message": error.message,
        "field": error.field,
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
        told |= {"line": error.line, "column": error.column}
    if error.report is not None:  # a gateway cannot undo what was done before
        from bifrost_keys.cli.output.changes import change_json

        done = change_json(error.report)
        told |= {name: done[name] for name in ("changes", "effective", "store")}
    if error.notices:
        from bifrost_keys.cli.output.changes import warning_json

        told["warnings"] = [warning_json(notice) for notice in error.notices]
    return told


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "an unknown place"
    module = trace.tb_frame.f_globals.get("__name__", "?")
    return f"{module}:{trace.tb_lineno}"
