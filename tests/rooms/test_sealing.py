"""What is sealed opens only where it was sealed, under a key that is configured."""

from __future__ import annotations

import dataclasses

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from app import config
from app.cases.sealing import masked, phone_index, seal, unseal
from app.config import load_settings
from app.sealing import _key_id

OLD, NEW = b"o" * 32, b"n" * 32


@pytest.fixture(autouse=True)
def _settings() -> object:
    """These tests need settings and no database."""
    before = config._active
    config.activate(dataclasses.replace(load_settings({"MASHANG_ENV": "test"}), field_keys=(OLD,)))
    yield
    config._active = before


def _rotate(*keys: bytes) -> None:
    config.activate(dataclasses.replace(config.active(), field_keys=keys))


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
def test_what_is_sealed_comes_back(value: str) -> None:
    assert unseal(seal(value, column="phone", row="R1"), column="phone", row="R1") == value


def test_it_opens_in_its_own_column_and_row_only() -> None:
    sealed = seal("13800000000", column="phone", row="R1")
    for column, row in (("phone", "R2"), ("name", "R1")):
        with pytest.raises(InvalidTag):
            unseal(sealed, column=column, row=row)


def test_a_changed_byte_is_noticed() -> None:
    sealed = bytearray(seal("13800000000", column="phone", row="R1"))
    sealed[-1] ^= 1
    with pytest.raises(InvalidTag):
        unseal(bytes(sealed), column="phone", row="R1")


def test_sealing_twice_looks_different() -> None:
    assert seal("13800000000", column="phone", row="R1") != seal("13800000000", column="phone", row="R1")


def test_keys_rotate_newest_first_and_the_index_stays() -> None:
    sealed, index = seal("13800000000", column="phone", row="R1"), phone_index("13800000000")
    _rotate(NEW, OLD)
    assert unseal(sealed, column="phone", row="R1") == "13800000000"
    assert phone_index("138-0000 0000") == index
    fresh = seal("13800000000", column="phone", row="R1")
    assert fresh[:1] != sealed[:1]
    _rotate(NEW)
    assert unseal(fresh, column="phone", row="R1") == "13800000000"
    with pytest.raises(ValueError, match="not configured"):
        unseal(sealed, column="phone", row="R1")


def test_the_index_is_keyed() -> None:
    index = phone_index("13800000000")
    _rotate(NEW)
    assert phone_index("13800000000") != index


def test_masking_leaves_too_little_to_call() -> None:
    assert masked("138 1234 5678") == "138 **** 5678"
    assert masked("1234567") == "****"


def test_two_keys_with_the_same_id_do_not_lock_each_other_out() -> None:
    kept = seal("13912345678", column="phone", row="R1")
    numbered = (number.to_bytes(32, "big") for number in range(100_000))
    twin = next(key for key in numbered if _key_id(key) == _key_id(OLD))
    _rotate(twin, OLD)
    assert unseal(kept, column="phone", row="R1") == "13912345678"
    _rotate(twin)
    with pytest.raises(InvalidTag):
        unseal(kept, column="phone", row="R1")
