"""Print the outcome of a change: short for people, complete for programs."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from bifrost_keys.cli.output.escaping import shown
from bifrost_keys.cli.output.keys import HASH, NOTHING, key_record, value_text
from bifrost_keys.cli.output.screen import Screen, Style, short_path
from bifrost_keys.cli.output.tables import Cell, Line, Part, Record, line
from bifrost_keys.gateway.secrets.masking import shown_name, shown_path

if TYPE_CHECKING:
    from bifrost_keys.cli.output.contract.changes import Changes
    from bifrost_keys.operations.check import Finding
    from bifrost_keys.operations.results import ChangeReport, Difference, KeyChange

_EFFECTIVE: Final[Mapping[str, str]] = {
    "next_start": "takes effect at the gateway's next start",
    "not_by_restart": "removed from the file; a gateway with a database serves it until it is deleted there",
    "until_restart": "in effect until the gateway restarts",
    "now": "in effect now",
}
_STYLES: Final[Mapping[str, Style]] = {"created": "green", "deleted": "red", "unchanged": "dim"}
# The fields that an action always changes need no lines of their own.
_SAID: Final[Mapping[str, frozenset[str]]] = {
    "rotated": frozenset({"value"}),
    "renamed": frozenset({"name"}),
    "enabled": frozenset({"enabled", "blacklisted_models"}),
    "disabled": frozenset({"enabled", "blacklisted_models"}),
}


class ChangeResult(NamedTuple):
    """The outcome of a change; ``diff``: with fields before and after; ``verbose``: with the whole keys.

    ``left`` are the findings that remain after a fix.
    """

    report: "ChangeReport"
    diff: bool = False
    verbose: bool = False
    left: "Sequence[Finding] | None" = None

    def json(self) -> "Changes":
        """Return the outcome for programs."""
        from bifrost_keys.cli.output.change_json import changes_json  # only for JSON

        return changes_json(self.report, diff=self.diff, left=self.left)

    def names(self) -> Iterable[str]:
        """Return the keys of the change."""
        return [shown(change.label) for change in self.report.changes]

    def parts(self, screen: Screen) -> Iterable[Part]:
        """Yield a line for each key, the fields that changed, and the effects."""
        report, place = self.report, short_path(shown_path(self.report.path), screen)
        alone = len(report.changes) == 1
        told = [each for each in report.changes if each.changed or alone or report.details.plan is None]
        for change in told:
            where = place if alone else ""
            yield _headline(change, where, dry_run=report.dry_run)
            yield from self._field_parts(change, screen)
        for note in dict.fromkeys(change.note for change in told if change.note):
            yield line(f"  {note}", "dim")
        pruned = report.details.pruned or ()
        for name in pruned:
            verb = "would delete" if report.dry_run else "deleted"
            yield Line(((verb, "red"), (f" provider {shown_name(name)} from {place}", "")))
        if len(report.changes) > 1 or not (report.changes or pruned):
            yield line(f"{_counted(report)} in {place}")
        if not report.changed:
            return
        if report.dry_run:
            yield line("nothing was written: dry run", "dim")
        else:
            yield line(_EFFECTIVE[report.receipt.effective], "dim")

    def _field_parts(self, change: "KeyChange", screen: Screen) -> Iterator[Part]:
        if self.diff:
            yield from _diff_lines(change)
        elif change.action not in ("created", "deleted"):
            yield from _changed_fields(change, "→" if screen.unicode else "->")
        for place in change.rewritten:
            yield line(f"  the reference at {place} follows")
        # A gateway does not test a key that is off, and a new name proves nothing.
        asked = change.action not in ("disabled", "renamed")
        if asked and change.outcome is not None and change.outcome.gateway_status == "success":
            yield line("  the provider accepted the key when the gateway listed its models", "green")
        new = change.action == "created" and screen.columns is not None and not self.diff
        if self.verbose or new:
            yield key_record(change.provider, change.key, indent=2)


def _headline(change: "KeyChange", place: str, *, dry_run: bool) -> Line:
    """Return the change in one line: the verb, the key, and the store if the line is the only one."""
    name, where = shown(change.label), f" in {place}" if place else ""
    style = _STYLES.get(change.action, "cyan")
    if not change.changed:
        return Line(((f"unchanged {name}{where}", "dim"),))
    verb = f"would {_infinitive(change.action)}" if dry_run else change.action
    if change.action == "deleted" and place:
        where = f" from {place}"
    if change.action == "renamed" and change.old_name is not None:
        name = f"{shown(f'{shown_name(change.provider)}/{change.old_name}')} to {name}"
    elif change.action in ("created", "rotated"):
        value = value_text(change.key["value"])
        name += f" ({value})" if value != NOTHING else ""
    return Line(((verb, style), (f" {name}{where}", "")))


def _infinitive(action: str) -> str:
    return "fix" if action == "fixed" else action.removesuffix("d")


def _counted(report: "ChangeReport") -> str:
    """Return the number of keys for each action, such as ``2 created, 1 unchanged``, or ``2 to create``."""
    counts = report.details.plan or Counter(change.action for change in report.changes)
    counted = ", ".join(
        f"{count} to {_infinitive(action)}"
        if report.dry_run and action != "unchanged"
        else f"{count} {action}"
        for action, count in counts.items()
        if count
    )
    return counted or "nothing to change"


def _changed_fields(change: "KeyChange", arrow: str) -> Iterator[Part]:
    """Yield the changed fields, except those implied by the action, and the hash if others changed."""
    said = _SAID.get(change.action, frozenset())
    rows = [each for each in change.differences if each.path not in said and each.path != HASH]
    if not rows and not said and change.differences:
        yield line(f"  {HASH} recomputed")
    if rows:
        cells = [(each.path, Cell(_change_text(each, arrow))) for each in rows]
        yield Record(cells, indent=2)


def _diff_lines(change: "KeyChange") -> Iterator[Part]:
    """Yield the changed fields before and after, one per line, masked."""
    for each in change.differences:
        if each.path == HASH and len(change.differences) > 1:
            continue
        if each.before is not None:
            yield line(f"- {each.path}: {_json(each.before)}", "red")
        if each.after is not None:
            yield line(f"+ {each.path}: {_json(each.after)}", "green")


def _change_text(difference: "Difference", arrow: str) -> str:
    """Return the value before and after; two secrets with one mask look alike."""
    before, after = _text(difference.before), _text(difference.after)
    return f"{after} (another secret)" if before == after else f"{before} {arrow} {after}"


def _text(value: Any) -> str:
    return "(none)" if value in (None, "", [], {}) else value_text(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
