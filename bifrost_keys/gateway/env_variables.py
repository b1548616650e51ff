"""Match well-known environment variables to keys.

The names are from the providers' own documentation and tools. A known name may be followed by a number, such
as ``OPENAI_API_KEY_2``. Other variables are never guessed at. Deliberately left out:
``GOOGLE_APPLICATION_CREDENTIALS`` (a path, but a key needs the credential itself), ``OLLAMA_HOST`` (often an
address without a scheme), ``GH_TOKEN`` and ``GITHUB_TOKEN`` (seldom meant for Copilot).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from bifrost_keys.gateway.fields.table import CONFIG_BY_PROVIDER

_PLAIN: Final[Mapping[str, tuple[str, ...]]] = {
    "openai": ("OPENAI_API_KEY",),
    "anthropic": ("ANTHROPIC_API_KEY",),
    "gemini": ("GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY"),
    "mistral": ("MISTRAL_API_KEY",),
    "groq": ("GROQ_API_KEY",),
    "cohere": ("COHERE_API_KEY", "CO_API_KEY"),
    "openrouter": ("OPENROUTER_API_KEY",),
    "perplexity": ("PERPLEXITY_API_KEY", "PPLX_API_KEY"),
    "xai": ("XAI_API_KEY",),
    "cerebras": ("CEREBRAS_API_KEY",),
    "fireworks": ("FIREWORKS_API_KEY",),
    "huggingface": ("HF_TOKEN", "HUGGINGFACE_API_KEY", "HUGGING_FACE_HUB_TOKEN", "HUGGINGFACEHUB_API_TOKEN"),
    "replicate": ("REPLICATE_API_TOKEN", "REPLICATE_API_KEY"),
    "elevenlabs": ("ELEVENLABS_API_KEY",),
    "nebius": ("NEBIUS_API_KEY",),
    "parasail": ("PARASAIL_API_KEY",),
    "runway": ("RUNWAYML_API_SECRET", "RUNWAY_API_KEY"),
    "runware": ("RUNWARE_API_KEY",),
    "deepseek": ("DEEPSEEK_API_KEY",),
    "sarvam": ("SARVAM_API_KEY",),
    "wafer": ("WAFER_API_KEY",),
    "typesafe": ("TYPESAFE_API_KEY",),
    # opencode-go uses the same variable; it is unknown which of the two is meant.
    "opencode-zen": ("OPENCODE_API_KEY", "OPENCODE_ZEN_API_KEY"),
    "opencode-go": ("OPENCODE_GO_API_KEY",),
    "github-copilot": ("COPILOT_GITHUB_TOKEN", "GITHUB_COPILOT_API_KEY"),
}
_REGION: Final = ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_REGION_NAME")
_WORKSPACE: Final = ("DATABRICKS_HOST", "DATABRICKS_WORKSPACE_URL")
_NUMBERED: Final = re.compile(r"(.*?)(_?[0-9]{1,4})?", re.ASCII | re.DOTALL)


@dataclass(frozen=True)
class _Group:
    """Variables that make one key together: the possible names for each field, the usual one first.

    The key is named after the variable of the field ``main``; the fields in ``needs`` are required.
    """

    provider: str
    main: str
    fields: Mapping[str, tuple[str, ...]]
    needs: tuple[str, ...]


_GROUPS: Final = (
    _Group(
        "azure",
        "value",
        {
            "value": ("AZURE_OPENAI_API_KEY", "AZURE_API_KEY"),
            "endpoint": ("AZURE_OPENAI_ENDPOINT", "AZURE_API_BASE"),
            "api_version": ("AZURE_OPENAI_API_VERSION", "AZURE_API_VERSION"),
        },
        ("value", "endpoint"),
    ),
    _Group(
        "bedrock",
        "access_key",
        {
            "access_key": ("AWS_ACCESS_KEY_ID",),
            "secret_key": ("AWS_SECRET_ACCESS_KEY",),
            "session_token": ("AWS_SESSION_TOKEN",),
            "region": _REGION,
        },
        ("access_key", "secret_key", "region"),
    ),
    _Group(
        "bedrock",
        "value",
        {"value": ("AWS_BEARER_TOKEN_BEDROCK",), "region": _REGION},
        ("value",),
    ),
    _Group(
        "vertex",
        "project_id",
        {
            "project_id": ("GOOGLE_CLOUD_PROJECT", "VERTEXAI_PROJECT"),
            "region": ("GOOGLE_CLOUD_LOCATION", "VERTEXAI_LOCATION"),
        },
        ("project_id", "region"),
    ),
    _Group(
        "databricks",
        "value",
        {"value": ("DATABRICKS_TOKEN",), "workspace_url": _WORKSPACE},
        ("value", "workspace_url"),
    ),
    _Group(
        "databricks",
        "client_id",
        {
            "client_id": ("DATABRICKS_CLIENT_ID",),
            "client_secret": ("DATABRICKS_CLIENT_SECRET",),
            "workspace_url": _WORKSPACE,
        },
        ("client_id", "client_secret", "workspace_url"),
    ),
    _Group(
        "github-copilot",
        "app_id",
        {
            "app_id": ("GITHUB_COPILOT_APP_ID",),
            "installation_id": ("GITHUB_COPILOT_INSTALLATION_ID",),
            "repository_id": ("GITHUB_COPILOT_REPOSITORY_ID",),
            "private_key": ("GITHUB_COPILOT_PRIVATE_KEY",),
        },
        ("app_id", "installation_id", "repository_id", "private_key"),
    ),
)
_PROVIDER_OF: Final = {name: provider for provider, names in _PLAIN.items() for name in names}
_GROUPED: Final = frozenset(name for group in _GROUPS for names in group.fields.values() for name in names)


KNOWN_VARIABLES: Final = (*_PROVIDER_OF, *sorted(_GROUPED))


@dataclass(frozen=True)
class Match:
    """The keys made from variables, by provider, named after their variable. Never shown.

    ``unknown`` are variables of no known provider; ``incomplete`` those of a key that lacks something, with
    what it lacks. ``passed_over`` maps a variable to another one for the same field that was used instead.
    """

    keys: tuple[tuple[str, dict[str, Any]], ...] = field(repr=False)
    unknown: tuple[str, ...] = ()
    incomplete: Mapping[str, str] = field(default_factory=dict)
    passed_over: Mapping[str, str] = field(default_factory=dict)


def match_variables(values: Mapping[str, str], *, prefix: str = "") -> Match:
    """Return the keys that these variables make, each with its members: references or secrets.

    With ``prefix``, only variables that begin with it are matched, under their names with and without it.
    Variables with the same number belong together; an address, a region or a project without a number is used
    for every number.
    """
    keys: list[tuple[str, dict[str, Any]]] = []
    unknown: list[str] = []
    numbered: dict[str, dict[str, str]] = {"": {}}
    for variable in values:
        if not variable.startswith(prefix):
            continue
        found = _known(variable) or _known(variable.removeprefix(prefix))
        if found is None:
            unknown.append(variable)
        elif found.name in _PROVIDER_OF:
            keys.append((_PROVIDER_OF[found.name], {"name": variable, "value": values[variable]}))
        else:
            numbered.setdefault(found.number, {}).setdefault(found.name, variable)
    incomplete: dict[str, str] = {}
    used: set[str] = set()
    for known in numbered.values():
        for group in _GROUPS:
            members = _variables_of(group, known, numbered[""])
            lacking = [group.fields[each][0] for each in group.needs if each not in members]
            if group.main in members and lacking:
                needed = " and ".join(lacking)
                incomplete[members[group.main]] = f"{group.provider} also needs {needed}"
            elif not lacking:
                keys.append((group.provider, _key(group, members, values)))
                used |= set(members.values())
    passed_over: dict[str, str] = {}
    for known in numbered.values():
        passed_over |= _passed_over(known, used)
    left = [v for known in numbered.values() for v in known.values() if v not in used | passed_over.keys()]
    incomplete |= {variable: "it is not enough for a key" for variable in left if variable not in incomplete}
    return Match(tuple(keys), tuple(unknown), incomplete, passed_over)


class _Known(NamedTuple):
    """A known variable: its name, and the number after it, as it is spelled."""

    name: str
    number: str


def _known(variable: str) -> _Known | None:
    name, number = _NUMBERED.fullmatch(variable).groups("")  # type: ignore[union-attr]
    for known in (_Known(variable, ""), _Known(name, number)):
        if known.name in _PROVIDER_OF or known.name in _GROUPED:
            return known
    return None


def _variables_of(group: _Group, known: Mapping[str, str], common: Mapping[str, str]) -> dict[str, str]:
    """Return the variable of each field. An address without a number is used for all numbers."""
    found = {}
    config = CONFIG_BY_PROVIDER[group.provider]
    for each, names in group.fields.items():
        field = config.field(each)
        shared = common if field is not None and field.shown and each != group.main else {}
        variable = next((known[name] for name in names if name in known), None)
        variable = variable or next((shared[name] for name in names if name in shared), None)
        if variable is not None:
            found[each] = variable
    return found


def _passed_over(known: Mapping[str, str], used: set[str]) -> dict[str, str]:
    """Return the variables that were not used, each with the one for the same field that was."""
    found: dict[str, str] = {}
    for names in (names for group in _GROUPS for names in group.fields.values()):
        present = [known[name] for name in names if name in known]
        chosen = next((variable for variable in present if variable in used), None)
        if chosen is not None:
            found |= {variable: chosen for variable in present if variable not in used}
    return found


def _key(group: _Group, found: Mapping[str, str], values: Mapping[str, str]) -> dict[str, Any]:
    key: dict[str, Any] = {"name": found[group.main]}
    if "value" in found:
        key["value"] = values[found["value"]]
    config = CONFIG_BY_PROVIDER[group.provider]
    members = {each: values[variable] for each, variable in found.items() if each != "value"}
    if members:
        key[config.name] = members
    return key
