"""The type of a list that is made while it is printed."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable as Listed
else:
    Listed = list  # pydantic checks the elements of a list, but those of an iterable only when it is iterated

__all__ = ["Listed"]
