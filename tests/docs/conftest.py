"""Fixtures that the tests of the documentation share with those of the recipes."""

from tests.examples.conftest import machine

__all__ = ["machine"]
