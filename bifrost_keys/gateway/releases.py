"""Parse and compare the gateway's releases, and recognise them from the gateway's database."""

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, TypeAlias

from bifrost_keys.errors import InvalidInputError

Release: TypeAlias = tuple[int, int, int]

OLDEST: Final[Release] = (1, 5, 1)
# Newer than every release: the gateway is assumed to be of this one unless it is known to be older.
NEWEST: Final[Release] = (999_999, 0, 0)

_RELEASE: Final = r"(?a)v?(\d{1,6})\.(\d{1,6})(?:\.(\d{1,6}))?(?:[-+][\w.+-]*)?"

# Ids in the table ``migrations`` of the gateway's database, each with the release that added it.
_MIGRATIONS: Final[Mapping[str, Release]] = {
    "add_feature_flags_table": (1, 5, 3),
    "drop_azure_api_version_column": (1, 5, 5),
    "add_model_config_scope_columns": (1, 5, 9),
    "add_mcp_library_table": (1, 5, 12),
    "add_skills_repo_tables": (1, 5, 14),
    "add_dump_errors_in_console_logs_column": (1, 6, 0),
    "add_bedrock_mantle_key_columns": (1, 6, 3),
    "add_vertex_force_single_region_column": (1, 6, 4),
    "add_bedrock_project_id_columns": (1, 6, 4),
    "add_webhook_endpoints_table": (1, 6, 5),
    "add_use_anthropic_endpoints_column": (1, 6, 5),
    "add_bedrock_endpoints_columns": (2, 0, 0),
    "add_databricks_key_config_columns": (2, 1, 0),
    "add_github_copilot_config_columns": (2, 1, 0),
    "add_use_openai_endpoints_column": (2, 2, 0),
}


class ReleaseRange(NamedTuple):
    """The possible releases of the gateway: at least ``least``, and older than ``before``."""

    least: Release = OLDEST
    before: Release = NEWEST

    def is_older_than(self, release: Release) -> bool:
        """Return whether the gateway is surely older than this release."""
        return self.before <= release

    def is_at_least(self, release: Release) -> bool:
        """Return whether the gateway is surely of this release or a newer one."""
        return self.least >= release


ANY_RELEASE: Final = ReleaseRange()


def exactly(release: Release) -> ReleaseRange:
    """Return the range that contains only this release."""
    major, minor, patch = release
    return ReleaseRange(release, (major, minor, patch + 1))


def range_shown_by(release: Release) -> ReleaseRange:
    """Return the range of releases whose database shows this release and none that is newer."""
    newer = (each for each in _MIGRATIONS.values() if each > release)
    return ReleaseRange(release, min(newer, default=NEWEST))


def parse_release(text: str) -> Release:
    """Return the release that a text such as ``1.5.1``, ``v1.5.16`` or ``1.6`` names.

    Raise InvalidInputError for anything else, for releases before 1.5.1, and for ``1.5`` alone, which says
    too little: the hash changed between 1.5.4 and 1.5.5.
    """
    match = re.fullmatch(_RELEASE, text.strip())
    if match is None:
        raise _invalid(
            "the gateway's release does not have the form 1.5.16",
            "use the release that the gateway prints when it starts",
        )
    major, minor, patch = int(match[1]), int(match[2]), match[3]
    if (major, minor) == (1, 5) and patch is None:
        raise _invalid(
            "release 1.5 is ambiguous: the recipe of the hash changed in 1.5.5",
            "use the full release, such as 1.5.1 or 1.5.16",
        )
    release = (major, minor, int(patch or 0))
    if release < OLDEST:
        raise _invalid(
            f"release {release_text(release)} of the gateway is older than 1.5.1, the oldest known one",
            "omit the release, or update the gateway",
        )
    return release


def release_text(release: Release) -> str:
    """Return the release as text, such as ``1.5.16``."""
    return ".".join(map(str, release))


def release_of_migrations(ids: Iterable[str]) -> Release | None:
    """Return the oldest release that can have run all of these migrations; None if none of them is known.

    A newer gateway may since have been replaced by an older one.
    """
    return max((_MIGRATIONS[each] for each in ids if each in _MIGRATIONS), default=None)


def _invalid(message: str, hint: str) -> InvalidInputError:
    return InvalidInputError(message, code="release-invalid", field="gateway_release", hint=hint)
