"""What the bot tells an organiser about an event that gets no join details, or not all.

Owns: the sentence, in the organiser's language. Promises: text is in clear only while the one request that needs it is
made; the title of a confidential event is not in it. Does not: decide that there is something to tell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hybridcal_daemon.domain import languages, wordings
from hybridcal_daemon.domain.messages import NoticeSent
from hybridcal_daemon.domain.values import Plain
from hybridcal_daemon.work import joincell
from hybridcal_daemon.work.cards import title_of
from hybridcal_daemon.work.people import person_of

if TYPE_CHECKING:
    from hybridcal_daemon.domain.calls import SendNotice
    from hybridcal_daemon.work.tools import WebexTools


def send(call: SendNotice, tools: WebexTools) -> NoticeSent:
    """Post it to the 1:1 room. CallError REFUSED nothing-to-join when the event is gone."""
    join = joincell.opened(call.user, call.event_id, tools)
    title = title_of(join, call.language, tools, hide_private=True).reveal().strip()
    sentence = tools.say(call.language, wordings.NOTICES[call.reason])
    text = sentence.format(title=title or tools.say(call.language, wordings.UNTITLED), limit=call.limit)
    who = person_of(call.user, tools)
    right = languages.is_right_to_left(call.language)
    message_id = tools.webex.send_notice(who.person_id, key=call.key, text=Plain(text), right_to_left=right)
    return NoticeSent(request_id=call.request_id, user=call.user, key=call.key, message_id=message_id)
