"""Which language a Google locale means."""

from __future__ import annotations

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from hybridcal_daemon.domain import languages
from hybridcal_daemon.domain.languages import LANGUAGES, find, is_right_to_left, language_of

# The values of Google Calendar's setting ``locale`` (google.md A.1).
# fmt: off
GOOGLES = (
    "in", "ca", "cs", "da", "de", "en_GB", "en", "es", "es_419", "tl", "fr", "hr", "it", "lv", "lt", "hu", "nl",
    "no", "pl", "pt_BR", "pt_PT", "ro", "sk", "sl", "fi", "sv", "tr", "vi", "el", "ru", "sr", "uk", "bg", "iw",
    "ar", "fa", "hi", "th", "zh_TW", "zh_CN", "ja", "ko",
)
# fmt: on
RENAMED = {"in": "id", "iw": "he", "no": "nb", "tl": "fil", "en_GB": "en"}


@pytest.mark.parametrize("locale", GOOGLES)
def test_every_locale_of_google_calendar_has_its_language(locale):
    assert find(locale) == RENAMED.get(locale, locale)
    assert find(locale.replace("_", "-")) == find(locale)
    assert find(locale.upper()) == find(locale)


def test_there_is_no_language_that_google_does_not_offer():
    assert {find(locale) for locale in GOOGLES} == set(LANGUAGES)
    assert len(set(LANGUAGES)) == len(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_is_one_that_cldr_knows_and_runs_the_way_it_says(language):
    assert find(language) == language
    assert (Locale.parse(language).text_direction == "rtl") is is_right_to_left(language)


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("de_AT", "de"),
        ("fr_CA", "fr"),
        ("pt", "pt_BR"),
        ("pt_AO", "pt_PT"),
        ("es_ES", "es"),
        ("es_MX", "es_419"),
        ("zh", "zh_CN"),
        ("zh_HK", "zh_TW"),
        ("zh_Hant", "zh_TW"),
        ("zh_Hans_HK", "zh_CN"),
        ("zh-Hans-SG", "zh_CN"),
        ("nn", "nb"),
        ("sr_Latn_RS", "sr"),
        ("he_IL", "he"),
        ("en_US_POSIX", "en"),
    ],
)
def test_a_locale_of_another_region_gets_the_nearest_language(locale, language):
    assert find(locale) == language


@pytest.mark.parametrize("locale", ["", "xx", "tlh", "eo", "d", "de_", "de de", "../de", "de\n", "e" * 100, "ﬁ"])
def test_what_is_not_known_is_english(locale):
    assert find(locale) is None
    assert language_of(locale) == languages.ENGLISH


@given(st.text(alphabet=st.sampled_from("dezhpt_-HKant419\u0130ß"), max_size=70) | st.text(max_size=10))
def test_any_text_has_a_language(locale):
    assert language_of(locale) in LANGUAGES
