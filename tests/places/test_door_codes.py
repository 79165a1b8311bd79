"""Door codes: read however they are written, issued once, never used again."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.access.actor import SYSTEM
from app.access.models import AuditEntry
from app.db import db
from app.errors import Refused
from app.places import codes
from app.places.models import DoorCode
from tests.world import World

SUB_DISTRICT = "110105015"
PLAIN = st.text(alphabet=codes.ALPHABET, min_size=7, max_size=7)


def _all() -> list[DoorCode]:
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(select(DoorCode).order_by(DoorCode.id)))


def test_the_check_character_of_the_contract() -> None:
    """7K2M9QX gives 3."""
    assert codes.check_character("7K2M9QX") == "3"
    assert codes.read_code("7k2m-9qx3") == "7K2M9QX3"


@given(PLAIN, st.data())
def test_however_it_is_written(plain: str, data: st.DataObject) -> None:
    """Case, blanks and hyphens do not count; O is 0, I and L are 1."""
    code = plain + codes.check_character(plain)
    looks = {"0": "0Oo", "1": "1IiLl"}
    written = ""
    for character in code:
        written += data.draw(st.sampled_from(["", " ", "-", "\u3000", "—", "\t"]))
        written += data.draw(st.sampled_from(looks.get(character, character + character.lower())))
    assert codes.read_code(written) == code


@given(PLAIN, st.integers(0, 7), st.sampled_from(codes.ALPHABET))
def test_one_wrong_character_is_noticed(plain: str, place: int, other: str) -> None:
    """Whatever stands there instead."""
    code = plain + codes.check_character(plain)
    wrong = code[:place] + other + code[place + 1 :]
    assert (codes.read_code(wrong) == code) == (wrong == code)
    assert wrong == code or codes.read_code(wrong) is None


@given(PLAIN)
def test_neighbours_swapped_are_noticed(plain: str) -> None:
    """Luhn sees every swap of neighbours but that of its first and last character."""
    code = plain + codes.check_character(plain)
    for place, (one, two) in enumerate(pairwise(code)):
        if one != two and {one, two} != {codes.ALPHABET[0], codes.ALPHABET[-1]}:
            swapped = code[:place] + two + one + code[place + 2 :]
            assert codes.read_code(swapped) is None


@given(st.text(max_size=100))
def test_anything_at_all_can_be_typed(written: str) -> None:
    """What is read is a code, and reading it again gives itself."""
    read = codes.read_code(written)
    assert read is None or codes.read_code(read) == read


@pytest.mark.parametrize(
    "written", ["", "7K2M9QX", "7K2M9QX33", "7K2M9QU3", "7K2M9QX4", "七K2M9QX3", "7" * 9000]
)
def test_what_is_no_code(written: str) -> None:
    """Too short, too long, a U, a wrong check character."""
    assert codes.read_code(written) is None


def test_every_doorway_gets_one_and_only_one(world: World) -> None:
    """A doorway whose code was revoked gets another; a second issue does nothing; the far place is left alone."""
    before = {code.code for code in _all()}
    old = codes.revoke(SYSTEM, world.doors[0].code.lower(), "stolen")
    assert codes.issue(SYSTEM, SUB_DISTRICT, dry_run=True) == codes.Issued(1, 11)
    assert {code.code for code in _all()} == before
    assert codes.issue(SYSTEM, SUB_DISTRICT) == codes.Issued(1, 11)
    assert codes.issue(SYSTEM, SUB_DISTRICT) == codes.Issued(0, 12)
    new = [code for code in _all() if code.code not in before]
    assert [(code.doorway_id, code.status) for code in new] == [(world.doors[0].doorway_id, "active")]
    assert codes.read_code(new[0].code) == new[0].code != old


def test_a_code_that_ever_was_is_not_issued_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if chance brings it back."""
    codes.revoke(SYSTEM, world.doors[0].code, "gone")
    fresh = "ABCDEFG" + codes.check_character("ABCDEFG")
    drawn = iter([world.doors[0].code, world.doors[1].code, fresh])
    monkeypatch.setattr(codes, "random_code", lambda: next(drawn))
    codes.issue(SYSTEM, SUB_DISTRICT)
    assert [code.code for code in _all() if code.doorway_id == world.doors[0].doorway_id] == [
        world.doors[0].code,
        fresh,
    ]


def test_a_revoked_code_says_when_and_why(world: World) -> None:
    """And is told apart from one that never was."""
    code = world.doors[0].code
    codes.revoke(SYSTEM, code, "replaced", dry_run=True)
    codes.revoke(SYSTEM, code, "replaced")
    (row,) = [each for each in _all() if each.code == code]
    assert (row.status, row.revoked_reason, row.revoked_at is not None) == ("revoked", "replaced", True)
    with pytest.raises(Refused, match="code_revoked"):
        codes.revoke(SYSTEM, code, "replaced")
    with pytest.raises(Refused, match="code_unknown"):
        codes.revoke(SYSTEM, "7K2M9QX3", "replaced")
    with pytest.raises(Refused, match="code_unknown"):
        codes.revoke(SYSTEM, "hello", "replaced")
    with pytest.raises(Refused, match="choice_unknown"):
        codes.revoke(SYSTEM, world.doors[1].code, "tired of it")
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "code_revoked")).all()
    assert [entry.object_id for entry in entries] == [str(row.id)]


def test_no_codes_for_nowhere(world: World) -> None:
    """A sub-district that is not there is refused by name."""
    with pytest.raises(Refused, match="sub_district_unknown"):
        codes.issue(SYSTEM, "999999")
