"""Links that lead to where people meet, but that also stand beside a meeting's own link.

Owns: the same table as in ``joinservices.py`` for webinars, broadcasts, chat servers and events. Promises: such a link
counts only when nothing else in the same text does. Does not: hold plain videos, chats or registrations for meetings.
"""

from __future__ import annotations

from typing import Final

EVENTS: Final = """
airmeet | .airmeet.com | /e/{x} /event/{x} /e/{x}/{x}
bigmarker | bigmarker.com | /{room}/{room} /series/{x}/{x} /conferences/{x} /lobby/{x}
brella | next.brella.io | /events/{any}
brighttalk | brighttalk.com | /webcast/{x}/{x} /webcast/{x}
clickmeeting | *.clickmeeting.com *.clickwebinar.com | /{room} /{n}/{x} /{room}/register
crowdcast | crowdcast.io | /e/{x} /e/{x}/{x} /c/{x}
demio | event.demio.com my.demio.com | /ref/{x} /{room}
discord | discord.com *.discord.com discordapp.com *.discordapp.com | /invite/{x} /channels/{x}/{x} /events/{x}/{x}
discord | discord.gg | /{room} /invite/{x}
eventbrite | eventbrite.com eventbrite.co.uk eventbrite.de | /x/{x} /e/{x}/online
goldcast | events.goldcast.io *.goldcast.io | /event/{x} /event/{x}/{any} /events/{x}
gotowebinar | attendee.gotowebinar.com global.gotowebinar.com | /join/{any} /register/{x} /ojoin/{any} /pjoin/{any}
gotowebinar | gotowebinar.com app.gotowebinar.com register.gotowebinar.com | /join/{any} /register/{x} /{room}
hopin | hopin.com app.hopin.com | /events/{x} /events/{x}/{any}
hubilo | events.hubilo.com *.hubilo.com | /{room} /{room}/{any}
inevent | inevent.com app.inevent.com | /{x}/{x}/{any}
klaxoon | app.klaxoon.com | /join/{x}
linkedin_live | linkedin.com | /video/live/{x}
livestorm | app.livestorm.co app.livestorm.com | /p/{x} /p/{x}/{any} /{room}/{x} /{room}/{x}/{any}
livewebinar | app.livewebinar.com embed.livewebinar.com | /{nn} /{nn}/{x}
luma | lu.ma luma.com | /join/{x}
myownconference | go.myownconference.com go.mywebinar.com | /{room} /{x}/{x}
on24 | event.on24.com *.on24.com | /wcc/r/{any} /eventRegistration/{any} /view/{any}
pruffme | pruffme.com | /webinar/{x} /webinar?id
qiqochat | qiqochat.com | /c/{x}
remo | live.remo.co app.remo.co | /e/{x} /event/{x} /e/{x}/{x}
ringcentral_events | events.ringcentral.com | /events/{x} /events/{x}/{any}
swapcard | app.swapcard.com | /event/{any}
teams_webinar | events.teams.microsoft.com | /event/{x}
telegram | t.me | /{x}?livestream /{x}?videochat /{x}?voicechat /call/{x}
toasty | app.toasty.ai toasty.ai | /event/{x} /room/{x} /{room}
twitter_spaces | twitter.com x.com | /i/spaces/{x}
vhall | live.vhall.com | /{n} /room/watch/{n} /v3/lives/watch/{n}
vimeo | vimeo.com | /event/{n} /event/{n}/{x}
vimeo_venues | venues.vimeo.com | /{any}
webinargeek | *.webinargeek.com | /{room} /{room}/{x} /webinar/{any} /watch/{any}
webinarjam | event.webinarjam.com event.webinarjam.net *.webinarjam.net | /{any}
youtube | youtube.com m.youtube.com | /live/{x}
zuddl | app.zuddl.com events.zuddl.com | /p/a/event/{x} /p/a/event/{x}/{any}
zoho_webinar | webinar.zoho.com webinar.zoho.eu webinar.zoho.in | /meeting/register?sessionId /join?key /meeting/{any}
"""
