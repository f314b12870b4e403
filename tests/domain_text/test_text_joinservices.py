"""The long tail: one true link and one page of the same service that is none, for each."""

from __future__ import annotations

import pytest

from hybridcal_daemon.domain import joinindex
from hybridcal_daemon.domain.joinlinks import find_join
from hybridcal_daemon.domain.joinproviders import CORE, compiled, template

TRUE = """
https://acme.adobeconnect.com/r0jbfhcvmsdk/?launcher=false&proto=true | adobe_connect
https://www.airmeet.com/e/751da030-c4d7-11ea-8c5a-cbd79ed81f85 | airmeet
https://acme.airmeet.com/e/751da030-c4d7-11ea-8c5a-cbd79ed81f85 | airmeet
https://meet.around.co/r/kyafvk1b | around
https://us.bbcollab.com/invite/EFC53F2790E6E50FFCC2AFBC16CC69EE | blackboard_collab
https://www.bigmarker.com/acme/Ask-the-Expert-2d5aaafd338c837601bd8f42 | bigmarker
https://go.blizz.com/join/123 | blizz
https://bluejeans.com/123456789/1234 | bluejeans
https://party.campfire.to/your-team | campfire
https://app.chime.aws/meetings/1234567890 | chime
https://acme.clickmeeting.com/566151195/register | clickmeeting
https://coviu.com/session/c30aabaa-b9e2-4644-a432-8e78624ead42 | coviu
https://demodesk.com/NGYLHDWO | demodesk
https://meetings.dialpad.com/room/budgetreview | dialpad
https://meeting.dingtalk.com/j/1COFppy0POR | dingtalk
https://dion.vc/event/demo-room_42 | dion
https://acme.doxy.me/dr.who | doxy_me
https://duo.app.goo.gl/abc123 | duo
https://call.element.io/room/#/standup?roomId=x | element_call
https://app.eyeson.team/?guest=abcTOKEN | eyeson
https://www.messenger.com/groupcall/LINK:7VQCjiGjpc2H72AV/ | facebook_rooms
https://facetime.apple.com/join#v=1&p=AeVKu1rG&k=FrCNneou | facetime
https://join.freeconferencecall.com/796680 | freeconferencecall
https://gather.town/app/abc/acme-office | gather
https://join.gong.io/acme/alice.b | gong
https://global.gotomeeting.com/join/123456789 | gotomeeting
https://www.gotomeet.me/AliceB | gotomeeting
https://app.gotomeeting.com/?meetingId=123456789 | gotomeeting
https://attendee.gotowebinar.com/register/123 | gotowebinar
acme.highfive.com/tuesday | highfive
https://hopin.com/events/acme-2026/registration | hopin
https://kmeet.infomaniak.com/abc123 | infomaniak_kmeet
https://jazz.sber.ru/in0sec?psw=OBgWD0RREwQN | jazz
https://jazz.sber.ru/#/calls/abc?psw=x | jazz
https://meet.jit.si/moderated/3c801580063eb8f3 | jitsi
https://join.me/123-456-789 | join_me
https://acme.ktalk.ru/r38minvlcc6e | kontur_talk
https://kumospace.com/acme | kumospace
https://call.lifesizecloud.com/extension/3461784 | lifesize
https://app.livestorm.co/acme/launch/live?s=7e4424a3#/chat | livestorm
https://app.livewebinar.com/579-366-824 | livewebinar
https://meet.staging.livekit.io/rooms/of4q-y10s | livekit
https://stream.meet.google.com/stream/abc12ab1-abc1-1234-123a-a1234a1abc12 | meet_stream
https://p2p.mirotalk.com/join/80085ShinyPhone | mirotalk
https://my.mts-link.ru/j/acme/9615477419 | mts_link
https://event.on24.com/wcc/r/4090089/2BA80AB024B9AF729402515C037EDE78 | on24
https://app.ovice.com/acme/@102,105 | ovice
https://www.ping.gg/call/alice | ping_gg
https://pop.com/j/810-218-630 | pop
https://meet.proton.me/join/id-FRMQ717ZMW#pwd-GoslDQl8D7mu | proton_meet
https://meet.pumble.com/vly-hggs-xsn | pumble
https://reclaim.ai/z/T01ABCDEFGH/C02ABCDEFGH | reclaim
https://live.remo.co/e/acme-labtime | remo
https://v.ringcentral.com/join/018209241352?pw=99e4f8e6a241fc71279449a9c8f46eef | ringcentral
https://video.cloudoffice.avaya.com/join/123456789 | ringcentral
https://riverside.fm/studio/acme | riverside
https://ro.am/r/#/p/yHwFBQrRTMuptqKYo_wu8A/huzRiHnR | roam
https://alice.sr.chat | salesroom
https://signal.link/call/#key=abcd-efgh | signal
https://sirius.video/alice | sirius_video
https://meet.lync.com/acme/alice/89SWV0TY | skype4biz
https://acme.slack.com/huddle/T0123/C0456 | slack_huddle
https://spatial.chat/s/Acme2026?room=231308 | spatial_chat
https://meet.starleaf.com/4597475549/app | starleaf
https://streamyard.com/guest/u6qes7i8cj?utm_source=test | streamyard
https://tandem.chat/j/12345 | tandem
https://telemost.360.yandex.ru/j/12345 | telemost
https://meeting.tencent.com/dm/wes6Erb9ioVV | tencent_meeting
https://tuple.app/c/V1StGXR8_Z5jdHi6B | tuple
uberconference.com/acme | uberconference
https://vimeo.com/event/123456 | vimeo
https://meetings.vonage.com/?room_token=abc | vonage
https://app.vowel.com/#/g/abc123 | vowel
https://stream.wb.ru/room/abc | wb_stream
https://call.whatsapp.com/video/6BltD24KmGj7ymIleODD5N | whatsapp
https://acme.whereby.com/standup | whereby
https://acme.zm.page | zm_page
https://meeting.zoho.eu/join?key=1234567890 | zoho_meeting
https://meet.zoho.com/koeg-yct-ivq | zoho_meeting
https://zoom.us/webinar/123456789 | zoom_webinar
https://us06web.zoom.us/launch/jc/83071682622 | zoom
https://acme.webex.com/m/37a7d3a8-6563-487f-9577-cd029101c087 | webex
https://acme.my.webex.com/acme.my/j.php?MTID=m0123 | webex
https://meet9.webex.com/wbxmjs/joinservice/sites/meet9/meeting/download/5f9302fff62a?launchApp=true | webex
https://dod.teams.microsoft.us/l/meetup-join/abc | teams_gov
https://teams.microsoftonline.cn/meet/1234567890?p=abc | teams
https://teams.microsoft.com/dl/launcher/launcher.html?url=%2F_%23%2Fl%2Fmeetup-join%2F19%3Ameeting_x | teams
https://bbb.acme.example/b/ali-abc-def-ghi | bigbluebutton
https://cloud.acme.example/index.php/call/ab3de6gh | nextcloud_talk
https://vc.acme.example/webapp/#/?conference=97912345 | pexip
https://join.acme.example/invited.sf?secret=asdf.345&id=12345 | cisco_meeting_server
https://meet.acme.example/alice.b/6N2YGD5G | skype4biz_selfhosted
"""

FALSE = """
https://acme.adobeconnect.com/system/login
https://api.whereby.com/v1/meetings
https://whereby.com/information/pricing
https://whereby.com/sitemap.xml
https://help.join.me/s/?language
https://recordings.join.me/cnMa4X_YHEqY
https://doxy.me/sign-in
https://docs.daily.co/guides
https://call.lifesizecloud.com/
https://app.livewebinar.com/billing/transactions
https://voovmeeting.com/download-center.html
https://www.ovice.com/pricing
https://www.messenger.com/groupcall/create
https://us05web.zoom.us/launch/chat?src=direct_chat_link
https://zoom.us/webinar/register/WN_0123
https://teams.microsoft.com/dl/launcher/launcher.html?url=%2F_%23%2Fl%2Fmessage%2F19%3A60c75cb
https://teams.microsoftonline.cn/l/chat/19%3Aabc/conversations?context=x
https://acme.webex.com/webappng/sites/acme/recording/c364f547fa5e/playback
https://acme.webex.com/weblink/register/r274683d43f5b
https://acme.slack.com/archives/C0123
https://acme.ktalk.ru/recordings/xIu6mXwBVohle3V4anyX
https://my.mts-link.ru/j/a/1/record-new/2
https://chat.whatsapp.com/invite/group123
https://t.me/acme
https://www.youtube.com/watch?v=abc123
https://vimeo.com/123456
https://streamyard.com/features
https://cal.com/alice/30min
https://lu.ma/ai-meetup
https://us.bbcollab.com/recording/ABC
https://zm.page
https://join.zoom.us.evil.example/zoom.us.evil.example/meet/alice/89SWV0TY
https://meet.google.com.evil.example/alice.b/6N2YGD5G
https://join.evil.example/acme.example/meet/alice/89SWV0TY
https://talk.acme.example/call/new
https://www.acme.example/b/ali-abc-def
https://zoom-us.com/j/123456
https://xn--zom-tna.us/j/123
https://bit.ly/zoom
javascript:window.open('https://zoom.us/j/1')
data:text/html,https://zoom.us/j/1
view-source:https://zoom.us/j/1
"""


def lines(text):
    return [line for line in text.strip().splitlines() if line]


@pytest.mark.parametrize("line", lines(TRUE))
def test_knows(line):
    link, provider = line.split(" | ")
    whole = link if "://" in link else f"https://{link}"
    for text in (f"Join: {link}\nBye", f'<p>Join <a href="{whole}">here</a></p>', f"({link})."):
        found = find_join("", text, "")
        assert found is not None
        assert (found.provider, found.url) == (provider, whole)


@pytest.mark.parametrize("link", lines(FALSE))
def test_refuses(link):
    assert find_join("", link, "") is None
    assert find_join(link, "", "") is None


def test_a_meeting_counts_before_a_webinar_chat_or_broadcast_in_the_same_text():
    discord, zoom = "https://discord.gg/acme", "https://zoom.us/j/123"
    found = find_join("", f"Chat: {discord} Call: {zoom}", "")
    assert found is not None
    assert found.url == zoom
    in_location = find_join(discord, zoom, "")
    assert in_location is not None
    assert in_location.url == discord


def test_every_row_is_well_formed():
    assert len({provider.name for provider in joinindex.PROVIDERS}) > 150
    for provider in joinindex.PROVIDERS:
        assert provider.paths or provider.templates
        for source in (*provider.paths, *map(template, provider.templates)):
            assert "id" in compiled(source).groupindex
        for host in provider.hosts:
            assert host == host.lower()
            assert "." in host.lstrip("*.")
    assert not any(provider.weak for provider in CORE)
