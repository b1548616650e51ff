"""The config file that the gateway itself uses. Completion needs it, so this module loads next to nothing."""

import os
from collections.abc import Mapping

FILE_NAME = "config.json"


def home_directory(environ: Mapping[str, str]) -> str:
    """Return HOME, or the home in the password database if it is unset or empty; empty without one."""
    if environ.get("HOME"):
        return environ["HOME"]
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError:
        return ""


def default_file(home: str) -> str:
    """Return the gateway's own default in this home directory."""
    return os.path.join(home, ".config", "bifrost", FILE_NAME)
