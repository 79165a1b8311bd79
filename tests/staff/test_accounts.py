"""Accounts: made with what is known, opened by the right password only."""
from tests.world import PASSWORD, World
from app.staff import accounts

def test_the_right_password_opens_and_nothing_else_does(world: World) -> None:
    assert accounts.check_password("dispatcher", PASSWORD) is not None
    assert accounts.check_password("dispatcher", PASSWORD + "x") is None
    assert accounts.check_password("nobody", PASSWORD) is None
    r = world.report()
    assert world.case(r).state == "received"
    assert world.queued().state == "queued"
