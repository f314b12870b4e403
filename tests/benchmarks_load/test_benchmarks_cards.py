"""Join cards at a Webex that asks to go slower: what the benchmark says must be what happened."""

from dataclasses import replace

import pytest

from benchmarks import cards


@pytest.mark.parametrize("case", cards.CASES, ids=lambda case: case.what)
def test_no_card_is_lost_or_comes_twice(case):
    result = cards.play(150, case)
    assert (result.cards, result.lost, result.twice) == (150, 0, 0)
    assert cards.met([result])


def test_a_webex_that_takes_little_refuses_and_makes_late():
    plenty, little = (cards.play(150, replace(cards.CASES[0], allowed=allowed)) for allowed in (6000, 60))
    assert plenty.refused == 0 < little.refused
    assert plenty.last < little.last


def test_cards_that_nobody_heard_of_are_found():
    result = cards.play(60, replace(cards.CASES[0], silent=1.0))
    assert (result.lost, result.twice) == (0, 0)


def test_a_lost_card_and_one_that_came_twice_are_told():
    result = cards.play(20, cards.CASES[0])
    assert not cards.met([result, replace(result, lost=1)])
    assert not cards.met([replace(result, twice=1)])
    assert "1 / 0" in cards.said([replace(result, lost=1)])
