"""The table of pitfalls is whole and true."""

import re

from tests.pitfalls.pitfall_table import PUSH, README, SYNC, TRAPS, all_tests, rows, table

HOW = "write it anew: python -m tests.pitfalls.pitfall_table"


def test_every_pitfall_has_a_test():
    assert [f"{number} {what}" for number, what, tests in rows(all_tests()) if not tests] == []
    assert (list(PUSH), list(SYNC)) == ([*range(1, 8)], [*range(1, 31)])


def test_every_beginning_leads_to_a_test():
    names = all_tests()
    stems = [stem for traps in TRAPS.values() for each in traps.values() for stem in each.split()]
    prefixes = [f"test_{stem}_" if stem.startswith("c4_") else f"test_d_{stem}_" for stem in stems]
    assert [prefix for prefix in prefixes if not any(name.startswith(prefix) for name in names)] == []


def test_every_pitfall_test_is_in_the_table():
    names = all_tests()
    named = {test for _, _, tests in rows(names) for test in tests}
    assert sorted(names.keys() - named) == []


def test_every_test_that_the_file_names_exists():
    assert set(re.findall(r"`(test_\w+)`", README.read_text())) <= all_tests().keys()


def test_the_file_is_what_the_tests_say():
    assert README.read_text() == table(all_tests()), HOW
