"""Test keys with the provider's API, with references resolved from the environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bifrost_keys.cli.gateway_connection import seconds
from bifrost_keys.cli.session import Session
from bifrost_keys.gateway.providers.discovery import Question
from bifrost_keys.stores.provider_api import Answer, ask


def asker(session: Session) -> Callable[[Question], Answer]:
    """Return the function that asks a provider about one key, within the limits of the options."""
    limit, allow_http = seconds(session.options.timeout, default=10.0), session.options.allow_http
    return lambda question: ask(question, session.environ, seconds=limit, allow_http=allow_http)


def variables(session: Session, env_file: str | None) -> Mapping[str, str]:
    """Return the variables for references: the environment, overridden by the variables of a file."""
    if env_file is None:
        return session.environ
    from bifrost_keys.cli.input.named import input_name, read_input
    from bifrost_keys.operations.import_env import parse_variables

    found = parse_variables(read_input(session, env_file), source=input_name(env_file))
    return {**session.environ, **found.values}
