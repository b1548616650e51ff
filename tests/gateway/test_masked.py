"""A secret of which only the gateway's mask is known: it cannot be used as the secret."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bifrost_keys.gateway.secrets.masked import Masked, as_sent, gateway_mask, is_gateway_mask

STARS = "*" * 24


@pytest.mark.parametrize(
    ("literal", "mask"),
    [
        ("", ""),
        ("owl", "***"),
        ("12345678", "********"),
        ("123456789", f"1234{STARS}6789"),
        ("sk-juniper-0001", f"sk-j{STARS}0001"),
        ("\u00e4\u00f6\u00fc\u00e4", "********"),
        ("\u00e4\u00f6 and \u00f6\u00e4", f"\u00e4\u00f6{STARS}\u00f6\u00e4"),
        ("\U0001f511 key \U0001f511", f"\U0001f511{STARS}\U0001f511"),
        ("abc\u00e9 to \u00e9xyz", f"abc\ufffd{STARS}\ufffdxyz"),
    ],
)
def test_the_gateways_mask_counts_bytes(literal: str, mask: str) -> None:
    assert gateway_mask(literal) == mask


@given(st.text(min_size=1))
def test_every_mask_is_known_for_one_and_masks_to_itself(literal: str) -> None:
    mask = gateway_mask(literal)
    assert is_gateway_mask(mask)
    assert Masked(mask).looks_like(literal)
    if "\ufffd" not in mask and mask.isascii():
        assert gateway_mask(mask) == mask


@pytest.mark.parametrize(
    "text",
    ["", "sk-juniper", "http://host", f"{STARS}", "*" * 9, f"12345{STARS}6789", "env.X", "fig-project"],
)
def test_other_texts_are_not_masks(text: str) -> None:
    assert not is_gateway_mask(text)


def test_releases_replace_cut_characters_differently() -> None:
    # one U+FFFD for each byte, or one for what is left of the character
    assert Masked(f"abc\ufffd{STARS}\ufffd\ufffdyz").looks_like("abc\u20ac to \u20acyz")


def test_it_is_printed_as_secrets_are_and_cannot_be_written() -> None:
    masked, short = Masked(f"sk-j{STARS}0001"), Masked("***")

    assert (str(masked), repr(masked)) == (f"sk-j{STARS}0001", f"Masked(sk-j{STARS}0001)")
    assert f"{short}" == "********"  # the length of a short secret is not shown
    assert f"{Masked('what is no mask, but SENTINEL')!r}" == "Masked(********)"
    assert not isinstance(masked, str)
    for write in (json.dumps, pickle.dumps):
        with pytest.raises(TypeError):
            write({"value": masked})
    assert copy.deepcopy({"value": masked})["value"] is masked


def test_it_equals_nothing_but_itself() -> None:
    mask = f"sk-j{STARS}0001"
    one, same, other = Masked(mask), Masked(mask), Masked("***")

    assert one == one
    assert one != same
    assert one != mask
    assert one.shows_as(same)
    assert not one.shows_as(other)
    assert one.looks_like("sk-juniper-0001")
    assert not one.looks_like("sk-juniper-0002")


def test_only_the_codec_gets_the_mask_back() -> None:
    assert as_sent(Masked("***")) == "***"
    assert (Masked("***").cut, Masked(f"abc\ufffd{STARS}abcd").cut) == (False, True)
