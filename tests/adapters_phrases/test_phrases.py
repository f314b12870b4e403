"""The gettext catalogues: complete, well-formed, and found where the program is installed from a wheel."""

import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from hybridcal_daemon.adapters import phrases
from hybridcal_daemon.domain.blocklines import ENGLISH, PHRASE_NAMES
from hybridcal_daemon.domain.languages import LANGUAGES
from hybridcal_daemon.domain.wordings import SENTENCES

ROOT = Path(__file__).parents[2]
OTHERS = [language for language in LANGUAGES if language != "en"]


@pytest.mark.parametrize("language", OTHERS)
def test_a_catalogue_has_each_phrase_and_no_other(language):
    catalogue = read_po(BytesIO(phrases.source(language)), abort_invalid=True)
    said = {getattr(ENGLISH, name) for name in PHRASE_NAMES} | set(SENTENCES)
    assert {message.id for message in catalogue if message.id} == said
    assert str(catalogue.locale_identifier) == language
    assert catalogue.charset == "utf-8"
    assert not list(catalogue.obsolete)
    for message in catalogue:
        assert message.string
        assert not message.fuzzy or not message.id


def test_there_is_one_catalogue_for_each_language():
    assert sorted(path.name for path in (ROOT / "hybridcal_daemon" / "locales").iterdir()) == sorted(OTHERS)


def test_english_needs_no_catalogue_and_what_is_no_language_of_ours_is_refused():
    assert phrases.phrases("en") is ENGLISH
    for language in ("xx", "", "../de", "iw"):
        with pytest.raises(KeyError):
            phrases.phrases(language)


def test_a_phrase_is_the_one_of_the_catalogue():
    assert phrases.phrases("de").password == "Passwort: {}"
    assert phrases.phrases("fr").video == "Adresse vidéo\u00a0: {}"
    assert phrases.phrases("zh_TW") != phrases.phrases("zh_CN")


SHOW = """
import sys
sys.path.insert(0, sys.argv[1])
import hybridcal_daemon
from hybridcal_daemon.adapters.phrases import phrases
from hybridcal_daemon.domain.languages import LANGUAGES
from hybridcal_daemon.domain.wordings import SENTENCES
print(hybridcal_daemon.__file__)
print(len({phrases(language) for language in LANGUAGES}))
"""


def test_the_words_of_every_language_come_with_a_wheel(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    place = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(place)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SHOW, str(place)],
        cwd=tmp_path,
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    where, count = done.stdout.split()
    assert Path(where).is_relative_to(place)
    assert int(count) == len(LANGUAGES)
