"""How fast join links are recognised, and how slow anybody can make it.

``python -m benchmarks.links``: invitations per second over the samples of the tests, with and without rules of an
administrator, and the worst time for a body of one megabyte among texts that are made to be slow.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

from hybridcal_daemon.domain.joinlinks import find_join
from hybridcal_daemon.domain.joinrules import NO_RULES, Rule, Rules, ordered
from hybridcal_daemon.domain.rulepattern import check

_SAMPLES = Path(__file__).parents[1] / "tests" / "data" / "join_links.json"
_MEGABYTE = 1_000_000
_WORST_SECONDS = 0.1
_HOSTILE = {
    "letters": "a",
    "slashes": "a/ ",
    "schemes": "https://",
    "commas": ",https://a.b/c",
    "references": "&amp;",
    "half tags": "<a ",
    "labels": "https://" + "a." * 30 + "x/ ",
    "parameters": "https://meeting.zoho.com/join?" + "a&" * 100 + " ",
    "wrappers": "https://urldefense.com/v3/__a__;__a__; ",
    "amazon": "https://a.awstrack.me/L0/https:%2F%2Fzoom.us%2Fj%2F1/1/ ",
    "meetings": "https://zoom.us/j/1 ",
    "passcodes": "https://zoom.us/j/" + "1" * 40 + " passcode: ",
    "addresses": "sip:a@b.c ",
    "telephones": "tel:+1234 ",
    "tenant keys": "a@m.webex.com 1 2 3 4 ",
    "own hosts": "https://join.example.com/example.com/meet/first.last/89SWV0TY ",
    "invisible": "https://a.b/\u200b ",
    "quoted-printable": "=3D=\n",
    "bare links": "a.b/c ",
    "links in data": "data:text/html,a.b/c ",
    "short numbers": "123@a.b ",
    "numbers in links": "https://a.b/?c=1234@d.e;",
    "escaped line breaks": "\\nhttps://a.b/c",
    "ports": "https://bmeeting.huaweicloud.com:36443/#/j/1 ",
    "hosts for meetings": "https://meetings.dialpad.com/x/y/z ",
}


def _rules() -> Rules:
    domains = [Rule(name=f"domain-{number}", domain=f"meet{number}.acme.example", url="{url}") for number in range(50)]
    source = r"https://[\w.-]+\.acme{}\.example/join/(?P<id>\d+)"
    patterns = [Rule(name=f"p-{n}", pattern=check(source.replace("{}", str(n))), url="{url}") for n in range(50)]
    return ordered([*domains, *patterns])


def per_second(texts: list[str], rules: Rules = NO_RULES, rounds: int = 20) -> float:
    """Invitations per second of CPU."""
    begin = time.process_time()
    for _ in range(rounds):
        for text in texts:
            find_join("", text, "", rules)
    return rounds * len(texts) / (time.process_time() - begin)


def worst(rules: Rules = NO_RULES) -> tuple[float, str]:
    """Most CPU seconds that a hostile body of a megabyte takes, and which it is."""
    return max((_seconds(unit, rules), name) for name, unit in _HOSTILE.items())


def _seconds(unit: str, rules: Rules) -> float:
    text = (unit * (_MEGABYTE // len(unit) + 1))[:_MEGABYTE]

    def once() -> float:
        begin = time.process_time()
        find_join("", text, "", rules)
        return time.process_time() - begin

    return min(once() for _ in range(3))


def main() -> int:
    texts = [sample["text"] for sample in json.loads(_SAMPLES.read_text(encoding="utf-8"))]
    long = ["Agenda: " + "talk about it, decide, write it down. " * 200 + text for text in texts]
    rules = _rules()
    per_second(texts, rounds=1)  # compiles what is needed
    print(f"short texts           {per_second(texts):>10,.0f} a second")
    print(f"8 kB texts            {per_second(long, rounds=2):>10,.0f} a second")
    print(f"short, 100 rules      {per_second(texts, rules, rounds=2):>10,.0f} a second")
    slowest, which = worst()
    print(f"worst megabyte        {slowest * 1000:>10.1f} ms ({which})")
    ruled, which_ruled = worst(rules)
    print(f"worst, 100 rules      {ruled * 1000:>10.1f} ms ({which_ruled})")
    return int(slowest > _WORST_SECONDS)


if __name__ == "__main__":
    raise SystemExit(main())
