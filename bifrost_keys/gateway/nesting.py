"""The depth to which the data of a key is traversed."""

from typing import Final

# Deeper than any known member of a key (an alias of a key is 3 levels deep), and far from
# Python's limit of recursion: a file may be nested 500 levels deep.
LEVELS: Final = 16
