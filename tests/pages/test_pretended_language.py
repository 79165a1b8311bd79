"""In a language that only brackets what translators see, no word of any page stands outside of the brackets."""

from __future__ import annotations

import pytest

from tests.pages import tours
from tests.pages.visitors import GatheringClient, House


class Client(GatheringClient):
    """Gathers for the one test there is."""

    faults: list[str] = []  # noqa: RUF012 - emptied by the test
    fetched: set[str] = set()  # noqa: RUF012


@pytest.mark.either_database
def test_no_word_of_any_page_escapes_the_translators(house: House, pseudo_locale: None) -> None:

    Client.faults, Client.fetched = [], set()
    house.app.test_client_class = Client
    tours.of_the_whole_house(house)
    assert not Client.faults, "\n".join(Client.faults)
    assert house.get_routes - Client.fetched == set()
