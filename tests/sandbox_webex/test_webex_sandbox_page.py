"""The page that shows what people and room devices would see."""

from html.parser import HTMLParser

import pytest

from hybridcal_daemon.adapters.webex.cardtext import link as markdown_link

ALICE, BOB, EVIL = "alice@acme.example", "bob@acme.example", "<script>alert(1)</script>"
ORDER = {"title": "Design review", "start": "2026-11-30T10:30:00Z", "end": "2026-11-30T11:00:00Z"}
VOID = {"meta", "input"}


class Reader(HTMLParser):
    """Reads a page strictly: its text by section, its links, what it would load."""

    def __init__(self, text):
        super().__init__()
        self.open, self.sections, self.links, self.loads, self.where = [], {}, {}, [], ""
        self.current = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        assert not any(name.startswith("on") for name in given)
        self.loads += [given[name] for name in ("src", "srcset", "data") if name in given]
        if tag == "link":
            self.loads.append(given["href"])
        if tag not in VOID:
            self.open.append((tag, given))
        if tag == "section":
            self.where = given["aria-labelledby"]
        if "aria-current" in given:
            self.current.append(given["href"])

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag
        if tag == "section":
            self.where = ""

    def handle_data(self, data):
        if not {"style", "script"} & {tag for tag, _ in self.open}:
            self.sections[self.where] = self.sections.get(self.where, "") + data + " "
        tag, given = self.open[-1] if self.open else ("", {})
        if tag == "a":
            self.links.setdefault(data, []).append(given["href"])


@pytest.fixture
def see(caller):
    """Look at the page."""

    def look(status=200, **query):
        answer = caller("").get("/", **query)
        assert answer.status == status
        return Reader(answer.body.decode())

    return look


def test_nothing_comes_from_elsewhere_and_nothing_else_may_run(see, caller):
    assert see().loads == []
    policy = caller("").get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_first_person_is_shown_unless_another_is_chosen(see):
    assert "Alice Archer" in see().sections[""]
    page = see(person=BOB)
    assert page.current == ["/?person=bob%40acme.example"]
    assert page.links["acme-example.webex.com/meet/bob"] == ["https://acme-example.webex.com/meet/bob"]


def test_somebody_who_is_not_there(see):
    page = see(404, person=EVIL)
    assert "Nobody and nothing here has this name." in page.sections[""]
    assert "Alice Archer" in page.links


def test_an_empty_stand_in_has_a_page_too(clock, caller):
    empty = type(caller("").sandbox)(clock=clock, seed=1)
    answer = type(caller(""))(empty, "").get("/")
    assert (answer.status, b"Nobody is here yet." in answer.body) == (200, True)


def test_looking_leaves_no_trace_in_the_journal(see, sandbox):
    see()
    assert sandbox.journal() == []


def test_cards_are_shown_until_they_are_taken_back(see, bot, join_card):
    sent = bot.post("/v1/messages", toPersonEmail=ALICE, text="x", attachments=[join_card()]).json["id"]
    page = see()
    assert "Design review" in page.sections["messages"]
    assert page.links["Join"] == ["https://acme-example.webex.com/meet/alice"]
    bot.delete(f"/v1/messages/{sent}")
    assert "No messages." in see().sections["messages"]


def test_rows_of_cards_and_escaped_markup(see, bot, join_card):
    address = "https://acme-example.webex.com/meet/alice"
    row = {
        "type": "ColumnSet",
        "columns": [
            {"type": "Column", "items": [{"type": "TextBlock", "text": "a \\*star\\*"}]},
            {"type": "Column", "items": [{"type": "TextBlock", "text": markdown_link("Enter", address)}]},
        ],
    }
    bot.post("/v1/messages", toPersonEmail=ALICE, text="x", attachments=[join_card(body=[row])])
    page = see()
    assert "a *star*" in page.sections["messages"]
    assert page.links["Enter"] == [address]


def test_whatever_people_write_stays_text(see, bot, integration, join_card, sandbox):
    sandbox.say(ALICE, EVIL)
    body = [{"type": "TextBlock", "text": EVIL + '[x](javascript:alert(1)) [y](https://a" onx=")'}]
    bot.post("/v1/messages", toPersonEmail=ALICE, text="x", attachments=[join_card(body=body)])
    integration.post("/v1/rooms", title=EVIL)
    integration.post("/v1/meetings", **ORDER | {"title": EVIL})
    page = see()
    assert all(EVIL in page.sections[name] for name in ("messages", "meetings", "spaces"))
    assert not any(url.startswith("javascript") for urls in page.links.values() for url in urls)


def test_meetings_of_the_next_two_weeks(see, integration, clock):
    integration.post("/v1/meetings", **ORDER, recurrence="FREQ=WEEKLY;COUNT=4")
    page = see()
    assert page.sections["meetings"].count("Design review") == 2
    assert "Join" not in page.links
    clock.push(25 * 60)
    assert len(see().links["Join"]) == 1
    assert "No meetings" in see(person=BOB).sections["meetings"]


def test_spaces_with_their_members_and_meetings(see, integration):
    room = integration.post("/v1/rooms", title="Planning").json["id"]
    for address in (BOB, "guest@other.example"):
        integration.post("/v1/memberships", roomId=room, personEmail=address)
    integration.post("/v1/meetings", **ORDER, roomId=room)
    page = see(person=BOB)
    assert "3 members: Alice Archer, Bob Baker, guest@other.example (outside)" in page.sections["spaces"]
    assert "in the space Planning" in page.sections["meetings"]
    assert "guest@other.example" not in page.links


def test_presence(see, alice, sandbox, clock):
    uuid = sandbox.world.somebody(ALICE).uuid
    assert "Inactive" in see().sections[""]
    alice.post("/apheleia/api/v1/events", subject=uuid, eventType="ooo", label=uuid, ttl=600)
    assert "Out of office" in see().sections[""]
    clock.push(601)
    assert "Out of office" not in see().sections[""]


def booking(**changes):
    entry = {
        "Id": "1",
        "Title": "Design review",
        "Number": "12345678901@acme-example.webex.com",
        "Protocol": "SIP",
        "Organizer": {"Name": "Alice Archer"},
        "Time": {"StartTime": "2026-11-30T10:30:00Z", "Duration": 30},
    }
    return entry | changes


@pytest.fixture
def device(sandbox):
    return sandbox.add_device("Room Bar", workspace=sandbox.add_workspace("Aurora"))


def put(sandbox, device, *bookings):
    sandbox.world.devices.devices[device].list.put({"Bookings": list(bookings)})


def test_a_device_shows_its_bookings_and_join_when_it_is_time(see, sandbox, device, clock):
    assert "No bookings." in see(device=device).sections["bookings"]
    put(sandbox, device, booking())
    page = see(device=device)
    assert "Aurora (Room Bar)" in page.links
    assert "Design review" in page.sections["bookings"]
    assert "Join from" in page.sections["bookings"]
    clock.push(25 * 60)
    assert "Join from" not in see(device=device).sections["bookings"]
    assert "Join " in see(device=device).sections["bookings"]
    clock.push(40 * 60)
    assert "No bookings." in see(device=device).sections["bookings"]


def test_a_device_keeps_private_titles_and_says_what_cannot_be_dialled(see, sandbox, device):
    put(sandbox, device, booking(Privacy="Private", Protocol="None", Number=""))
    text = see(device=device).sections["bookings"]
    assert "Private meeting" in text
    assert "cannot be dialled" in text
    assert "Design review" not in text
    assert "Alice" not in text


def test_a_device_of_a_person_has_their_name(see, sandbox):
    device = sandbox.add_device("Desk", person=BOB)
    assert see(device=device).current == [f"/?device={device}"]
    assert "Bob Baker (Desk)" in see(device=device).links
