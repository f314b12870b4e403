"""Rules of an administrator, and why one link wins."""

from __future__ import annotations

import time

import pytest

from hybridcal_daemon.domain import rulepattern
from hybridcal_daemon.domain.joinlinks import choose, find_join
from hybridcal_daemon.domain.joinrules import Rule, ordered
from hybridcal_daemon.domain.rulepattern import BadPattern, check

ZOOM = "https://zoom.us/j/123"
ROOM = "https://meet.acme.example/board?pin=1"


def rule(**more):
    return Rule(**({"name": "ours", "url": "{url}"} | more))


def found(body, *rules, location=""):
    return find_join(location, body, "", ordered(list(rules)))


def test_a_domain_covers_itself_and_what_is_below():
    ours = rule(domain="acme.example")
    for link in (ROOM, "https://acme.example/x", "meet.acme.example/board"):
        link_ = found(f"Join {link}.", ours)
        assert link_ is not None
        assert (link_.rule, link_.provider) == ("ours", "custom_domain")
        assert link_.url.endswith(link)
    for link in (
        "https://notacme.example/x",
        "https://acme.example.evil.example/x",
        "https://acme.example@evil.example/x",
    ):
        assert found(link, ours) is None


def test_an_expression_and_what_it_names_fill_the_templates():
    ours = rule(pattern=check(r"https://meet\.acme\.example/(?P<room>[a-z]+)"), dial="{room}@vc.acme.example")
    link = found(f"Join {ROOM}", ours)
    assert link is not None
    assert (link.provider, link.url, link.dial) == (
        "custom_regex",
        "https://meet.acme.example/board",
        "sip:board@vc.acme.example",
    )
    numbers = rule(pattern=check(r"Bridge (?P<number>\d{4,8})"), url="", dial="sip:{number}@vc.acme.example")
    dialled = found("Please use bridge 12345", numbers)
    assert dialled is not None
    assert (dialled.url, dialled.dial, dialled.web) == ("sip:12345@vc.acme.example",) * 2 + ("",)


def test_a_wrapped_link_is_judged_as_what_is_inside():
    wrapped = "https://linkprotect.cudasvc.com/url?a=https%3A%2F%2Fmeet.acme.example%2Fboard"
    for ours in (rule(domain="meet.acme.example"), rule(pattern=check(r"https://meet\.acme\.example/[a-z]+"))):
        link = found(wrapped, ours)
        assert link is not None
        assert link.url == "https://meet.acme.example/board"


def test_what_a_text_makes_of_a_template_must_still_be_a_link_or_an_address():
    assert found("go evil now", rule(pattern=check("go (?P<x>[a-z]+)"), url="javascript:{x}")) is None
    assert found("go a@b@c now", rule(pattern=check(r"go (?P<x>[^ ]+)"), url="https://x.example/{x}")) is not None
    assert found("go a<b now", rule(pattern=check(r"go (?P<x>[^ ]+)"), url="https://x.example/{x}")) is None


def test_priority_decides_against_the_table_and_other_rules():
    text = f"{ZOOM} {ROOM}"
    plain = rule(domain="meet.acme.example")
    first, last = found(text, plain), found(text, rule(domain="meet.acme.example", priority=5))
    assert first is not None
    assert last is not None
    assert (first.url, last.url) == (ZOOM, ROOM)
    lower = found(f"{ROOM} {ZOOM}", rule(domain="meet.acme.example", priority=-5))
    assert lower is not None
    assert lower.url == ZOOM
    other = rule(name="other", domain="acme.example", priority=9)
    best = found(ROOM, plain, other)
    assert best is not None
    assert best.rule == "other"
    same = found(ZOOM, rule(domain="zoom.us", provider="our_zoom"))
    assert same is not None
    assert same.provider == "our_zoom"


def test_a_rule_may_ignore_and_may_be_for_one_text_only():
    assert found("https://discord.gg/acme", rule(domain="discord.gg", url="", ignore=True)) is None
    here = rule(domain="meet.acme.example", where="location")
    assert found(ROOM, here) is None
    assert found("", here, location=ROOM) is not None


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        (("", ZOOM, ""), "the only join link; it stands in the body"),
        ((ZOOM, "https://zoom.us/j/9", ""), "the location comes before the body (1 other join link)"),
        (("", f"{ZOOM} https://zoom.us/j/9", ""), "the first join link in the body (1 other join link)"),
        (("", f"{ZOOM} {ZOOM}?pwd=x", ""), "the same meeting as the first link, but with its passcode"),
        (("", f"https://discord.gg/acme {ZOOM}", ""), "a meeting in the body comes before a webinar"),
        (
            ("", "https://meet.google.com/zzz-zzzz-zzz Google Meet: https://meet.google.com/abc-defg-hij", ""),
            "Google's own",
        ),
        (
            ("sip:alice@acme.example", "", ""),
            "no join link, but an address for video systems; it stands in the location",
        ),
        (("", "tel:+4412345", ""), "for audio only"),
    ],
)
def test_the_reason(texts, why):
    choice = choose(*texts)
    assert choice is not None
    assert why in choice.why


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (r"(a+)+b", "must begin|repeats a group"),
        (r"https://(?:x+)+y", "repeats a group"),
        (r"https://(?:a|aa)*b", "repeats a group"),
        (r"https://(?=x)y", "look-around"),
        (r"https://(?i)x", "look-around"),
        (r"https://(x)\1", "do not take"),
        (r"^https://x", "anchor"),
        (r"\d+@x", "at least 3 plain"),
        (r"ab+c", "at least 3 plain"),
        (r"https://x|http://y", "at least 3 plain"),
        (r"https://.*a.*b.*c", "more than 2 repeats"),
        (r"https://[", "do not take"),
        (r"https://x)", "not a regular expression"),
        (r"https://x{5,2}", "not a regular expression"),
        ("https://" + "x" * 500, "longer than"),
    ],
)
def test_refuses_expressions_that_could_run_away(source, why):
    with pytest.raises(BadPattern, match=why):
        check(source)


@pytest.mark.parametrize(
    "source",
    [
        r"https://example\.test/rooms/[^\s]+",
        r"https://[\w.-]+\.acme\.example/join/(?P<id>\d+)(?:\?pin=(?P<pin>\d{4}))?",
        r"https://(?:meet|join)\.acme\.example/[a-z]+/\d+",
        r"Meeting ID: ?(?P<id>\d{3} ?\d{3} ?\d{3})",
    ],
)
def test_takes_what_administrators_write(source):
    assert check(source).prefix


def test_an_expression_costs_a_bounded_number_of_steps_on_the_worst_text():
    pattern = check(r"https://[\w.-]+\.acme[\w.-]+!")
    text = ("https://" + "a.acme" * 200 + " ") * 900

    def once():
        begin = time.process_time()
        assert list(pattern.find(text)) == []
        return time.process_time() - begin

    whole = min(once() for _ in range(3))
    tried = " ".join(text.split(" ")[: rulepattern.MAX_TRIES])
    begin = time.process_time()
    list(pattern.find(tried))
    assert whole < 4 * max(time.process_time() - begin, 0.005)


def test_expressions_look_at_ascii_letters_without_case_and_keep_positions_in_any_text():
    (match,) = check("bridge (?P<n>[0-9]+)").find("\u0130\u0130 BRIDGE 12345")
    assert match["n"] == "12345"
