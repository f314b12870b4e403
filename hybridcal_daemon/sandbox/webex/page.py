"""``GET /``: what people and room devices would see, for whoever watches the stand-in.

Owns: the frame, who can be chosen, the headers. Promises: one page without anything from elsewhere; readable without a
script, by keyboard, in the dark; everything that somebody wrote is escaped. Does not: change anything, or need a token.

``?person=<address>`` or ``?device=<id>`` chooses; without either it is the first person.
"""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlencode

from hybridcal_daemon.sandbox.marked import MarkedResponse
from hybridcal_daemon.sandbox.webex.page_device import device_page, devices, name_of
from hybridcal_daemon.sandbox.webex.page_html import Html, join, moment, tag
from hybridcal_daemon.sandbox.webex.page_person import person_page

if TYPE_CHECKING:
    from hybridcal_daemon.domain.values import Instant
    from hybridcal_daemon.sandbox.webex.world import World

PAGE: Final = "/"


def page(world: World, query: str, now: Instant) -> MarkedResponse:
    """Answer with the page; 404 with the same frame for somebody who is not there."""
    asked = {name: values[-1] for name, values in parse_qs(query).items()}
    people = [person for person in world.people.values() if person.kind == "person" and not person.outside]
    if not asked and people:
        asked = {"person": people[0].address}
    content = _content(world, asked, now)
    body = _frame(tag("main", *(content or _nobody(asked)), id="main", tabindex="-1"), _choices(world, asked), now)
    status = 404 if asked and not content else 200
    return MarkedResponse(status=status, headers=_headers(), body=body.encode())


def _content(world: World, asked: dict[str, str], now: Instant) -> list[Html]:
    person = world.somebody(asked.get("person", ""))
    if person is not None:
        return person_page(world, person, now)
    found = [device for device in devices(world) if device.rest_id == asked.get("device")]
    return device_page(world, found[0], now) if found else []


def _nobody(asked: dict[str, str]) -> list[Html]:
    words = "Nobody and nothing here has this name." if asked else "Nobody is here yet."
    return [tag("h1", words), tag("p", "People, bots and devices are put in through /sandbox/v1/.")]


def _choices(world: World, asked: dict[str, str]) -> Html:
    """Write whose view can be chosen."""
    people = [person for person in world.people.values() if person.kind == "person" and not person.outside]
    of_people = [_choice("person", person.address, person.name, asked) for person in people]
    of_devices = [_choice("device", device.rest_id, name_of(world, device), asked) for device in devices(world)]
    lists = [
        join([tag("h2", heading), tag("ul", *choices)])
        for heading, choices in (("People", of_people), ("Room devices", of_devices))
        if choices
    ]
    return tag("nav", *lists, aria_label="Whose view")


def _choice(kind: str, name: str, words: str, asked: dict[str, str]) -> Html:
    here = "page" if asked.get(kind, "").casefold() == name.casefold() else None
    return tag("li", tag("a", words, href=f"/?{urlencode({kind: name})}", aria_current=here, dir="auto"))


def _frame(main: Html, choices: Html, now: Instant) -> Html:
    follow = tag("label", tag("input", type="checkbox", id="follow", checked=""), " Follow changes")
    top = tag("div", tag("p", "Webex stand-in", class_="name"), tag("p", moment(now), id="now"), follow, class_="top")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", "Webex stand-in"),
        tag("style", Html(_asset("page.css"))),
    )
    skip = tag("a", "Skip to the content", href="#main", class_="skip")
    body = tag("body", skip, top, choices, main, tag("script", Html(_asset("page.js"))))
    return Html("<!doctype html>" + tag("html", head, body, lang="en"))


@lru_cache
def _asset(name: str) -> str:
    return (files("hybridcal_daemon") / "sandbox" / "webex" / name).read_text(encoding="utf-8")


@lru_cache
def _headers() -> dict[str, str]:
    style, script = (b64encode(sha256(_asset(name).encode()).digest()).decode() for name in ("page.css", "page.js"))
    policy = (
        f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": policy,
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }
