"""The long tail of meeting services: who sends join links, and what they look like.

Owns: the table, one line for each service: name | hosts | paths. Hosts as in ``Provider``, paths in the short form of
``joinproviders.template``. Promises: a line only where the path tells a meeting from the service's other pages.
Does not: hold webinars and other links that stand beside a meeting's own (``joinservices_weak.py``), nor services on
their customers' own hosts (``joinownhosts.py``).

Source of the shapes: the services' public help pages and developer documentation, and public invitations.
"""

from __future__ import annotations

from typing import Final

ROOMS: Final = """
3cx | *.3cx.eu *.3cx.us *.3cx.net *.3cx.asia *.3cx.co.uk *.my3cx.de *.my3cx.eu *.my3cx.us | /meet/{x} /webmeeting/{x}
3cx | *.3cx.eu:5001 *.3cx.us:5001 *.3cx.net:5001 *.3cx.asia:5001 *.my3cx.de:5001 | /meet/{x} /webmeeting/{x}
100ms | *.100ms.live | /meeting/{x} /meeting/{x}/{x}
8x8 | 8x8.vc meet.8x8.vc | /{room} /{room}/{x}
adobe_connect | *.adobeconnect.com | /{room} /_a{n}/{room}
alfaview | app.alfaview.com | /#/join/{rest} /join/{any}
anymeeting | anymeeting.com meet.anymeeting.com meetings.anymeeting.com *.anymeeting.com | /{room}
appear_in | appear.in | /{room}
apprtc | appr.tc | /r/{x}
around | around.co meet.around.co | /r/{x} /{room}
attend_anywhere | *.attendanywhere.com | /{room} /{room}/{any}
avaya_spaces | spaces.avayacloud.com | /spaces/{x} /spaces/invites/{x} /u/{x}
bharat_vc | bharatvc.nic.in | /join/{n} /join/browser/{n}
bitrix24 | *.bitrix24.com *.bitrix24.de *.bitrix24.eu *.bitrix24.ru *.bitrix24.fr *.bitrix24.es | /video/{x}
bitrix24 | *.bitrix24.it *.bitrix24.com.br *.bitrix24.in *.bitrix24.pl *.bitrix24.ua *.bitrix24.by | /video/{x}
bizon365 | start.bizon365.ru *.bizon365.ru | /room/{x} /room/{x}/{x}
blackboard_collab | *.bbcollab.com | /guest/{x} /invite/{x} /collab/ui/session/join/{x} /collab/ui/session/guest/{x}
bigbluebutton | demo.bigbluebutton.org | /rooms/{x} /rooms/{x}/join /b/{x} /gl/{x}
blizz | go.blizz.com | /join/{x} /{room}
bluejeans | .bluejeans.com | /{n} /{n}/{x} /{n}/{x}/webrtc /{n}/{x}/browser /{n}.{x} /a2m/live-event/{x} /a2m/{x}
braincert | *.braincert.com | /live/{x} /launch/{x}
brave_talk | talk.brave.com | /{room}
butter | app.butter.us butter.us app.butter.com | /{room} /{room}/{x}
calcom | app.cal.com cal.com | /video/{x}
calendly | calendly.com | /events/{x}/google_meet /events/{x}/microsoft_teams /events/{x}/zoom /events/{x}/webex
callbridge | *.callbridge.com | /conf/call/{x}
campfire | party.campfire.to | /{room}
chime | chime.aws *.chime.aws | /{n} /{room}
chime | app.chime.aws | /meetings/{x}
chorus | go.chorus.ai meet.chorus.ai | /{room} /{x}/{x}
circuit | *.yourcircuit.com | /guest?token
coderpad | app.coderpad.io | /{code}
convay | .convay.com | /m/j/{n} /m/j/{n}/{x}
coscreen | join.coscreen.co | /{any}
coviu | .coviu.com | /room/{x} /session/{x} /lobby/{x} /i/{x}
cozyroom | cozyroom.xyz | /{room}
crankwheel | meeting.is | /{nn}
daily_co | *.daily.co | /{room}
dark_matter | meet.darkmatter.ae | /{room}
demodesk | demodesk.com meet.demodesk.com | /meet/{x} /{room}
dialpad | dialpad.com | /conference/{x} /meetings/{x} /meeting/{x}
dialpad | meetings.dialpad.com meet.dialpad.com | /{room} /room/{x}
digital_samba | *.digitalsamba.com | /{room}
dingtalk | meeting.dingtalk.com | /j/{x}
dion | dion.vc | /event/{x}
doxy_me | .doxy.me | /{room} /{room}/{room}
drum | meet.thisisdrum.com | /{any}
duo | duo.app.goo.gl | /{x}
duo | duo.google.com | /call/{x} /room/{x}
edumeet | edumeet.geant.org edu.meet.garr.it | /{room}
element_call | call.element.io | /{room} /room/#/{rest} /room/{x}
entre | joinentre.com | /room/{x}
eyeson | app.eyeson.team | /?guest
facebook_rooms | m.me msngr.com | /r/{x} /j/{x}
facebook_rooms | facebook.com messenger.com m.facebook.com | /groupcall/LINK:{x} /groupcall/ROOM:{x} /groupcall/{n}
facetime | facetime.apple.com | /join#{rest} /join=#{rest} /join?v
fairmeeting | fairmeeting.net | /{room}
fccdl | fccdl.in | /{room}
feishu | vc.feishu.cn meetings.feishu.cn | /j/{x} /join/{x} /s/{x}
focusmate | focusmate.com app.focusmate.com | /session/{x}
freeconference | hello.freeconference.com | /conf/call/{x} /conf/{x}
freeconferencecall | join.freeconferencecall.com | /{room}
freeconferencecall | freeconferencecall.com | /wall/{x} /wall/{x}/{x} /join/{x}
fuze | fuze.me meet.fuze.com | /{n}
gather | gather.town app.gather.town app.v2.gather.town v2.gather.town | /app/{x} /app/{x}/{x} /invite?token
globalmeet | *.globalmeet.com *.pgimeet.com | /{room}
gobrunch | gobrunch.com | /events/{n} /events/{n}/{x}
gong | .join.gong.io | /{x} /{x}/{x}
google_meet | g.co | /meet/{x}
gooroomee | biz.gooroomee.com | /room/otp/{x} /{code}
gotomeeting | gotomeeting.com global.gotomeeting.com *.gotomeeting.com | /join/{x} /{room} /?meetingId
gotomeeting | gotomeet.me | /{room} /{room}/{x}
gotomeeting | meet.goto.com join.goto.com | /{room} /{x}/{x}
gotomeeting | app.goto.com | /meet/{x} /meeting/{x}
gototraining | attendee.gototraining.com global.gototraining.com | /r/{x} /join/training/{any} /register/{x}
greenlight | *.meet.coop *.cloud68.co | /b/{x} /rooms/{x}/join
gruveo | gruveo.com | /{room}
hangouts | hangouts.google.com plus.google.com | /call/{x} /hangouts/_/{any} /hangouts/call/{x} /start/{x}
healthdirect | vcc.healthdirect.org.au *.vcc.healthdirect.org.au | /t/{x} /t/{x}/{x}
hibox | app.hibox.co | /call/{x}
highfive | *.highfive.com | /{room}
hmcts | join.meet.video.justice.gov.uk *.meet.video.justice.gov.uk | /#?conference
huawei_meeting | meeting.huaweicloud.com bmeeting.huaweicloud.com *.meeting.huaweicloud.com | /#/j/{rest} /j/{x}
huawei_meeting | meeting.huaweicloud.com:36443 bmeeting.huaweicloud.com:36443 | /#/j/{rest}
huawei_meeting | *.meeting.huaweicloud.com:36443 | /#/j/{rest}
huddle01 | app.huddle01.com iframe.huddle01.com meet.huddle01.com huddle01.app | /{room} /room/{x}
icloud_facetime | facetime.icloud.com | /join#{rest}
imeet | imeet.com | /{room}
infomaniak_kmeet | kmeet.infomaniak.com | /{room}
interprefy | .interpret.world | /loginlink?token
ipvideotalk | meetings.ipvideotalk.com | /{n}
jam | jam.systems | /{room}
jazz | jazz.sber.ru | /{room} /#/calls/{rest} /meeting/{x} /call/{x}/{x} /sber-{x}
jazz | salutejazz.ru | /calls/{x} /call/{x}/{x} /{code} /{room}
jelly | jellyjelly.com jelly.video | /c/{x} /call/{x}
jiomeet | jiomeetpro.jio.com jiomeet.jio.com | /shortener?meetingId /conference/call/shortener?meetingId
jitsi | meet.jit.si beta.meet.jit.si alpha.jitsi.net meet.element.io jitsi.riot.im meet.ffmuc.net | /{x} /{x}/{x}
jitsi | meet.golem.de framatalk.org talk.snopyta.org meet.systemli.org meet.mayfirst.org | /{room} /{x}/{x}
jitsi | open.meet.garr.it | /{room}
jitsi | meet.calyx.net meet.greenhost.net jitsi.member.fsf.org jitsi.debian.social meet.nitrokey.com | /{room}
jitsi | meet.opensuse.org calls.disroot.org vc.autistici.org meet.evolix.org meet.adminforge.de | /{room}
join_me | join.me secure.join.me | /{room} /{room}/{x}
jumpchat | jumpch.at jumpchat.tel | /{room}
kontur_talk | *.ktalk.ru talk.kontur.ru *.talk.kontur.ru | /{room} /room/{x} /event/{x}
kontur_talk | ktalk.ru | /{code}
kumospace | kumospace.com app.kumospace.com | /{room} /{room}/{x}
lark | vc.larksuite.com vc.larkoffice.com | /j/{x} /join/{x}
lark | meetings.larksuite.com | /s/{x} /j/{x}
lark | *.larksuite.com *.larkoffice.com | /j/{n}
learncube | app.learncube.com class.learncube.com | /{any}
lessonspace | thelessonspace.com | /space/{x}
lfx | zoom-lfx.platform.linuxfoundation.org | /meeting/{n}
lifesize | call.lifesizecloud.com call.lifesize.com meet.lifesizecloud.com | /{room} /{n}/{x} /extension/{n}
lifesize | guestcall.lifesizecloud.com | /{room} /{n}/{x}
line_meeting | line.me | /R/meeting/{x} /R/group-call/{x}
livekit | meet.livekit.io meet.staging.livekit.io | /rooms/{x}
loopteam | loop.team app.loop.team | /r/{x} /{x}/{x}
mail_ru_calls | calls.mail.ru | /room/{x}
max | max.ru | /call/{x} /joincall/{x}
meet_in | meet-in.jp | /{room} /room/{x} /webinar/{x}
meet_stream | stream.meet.google.com | /stream/{x}
meetecho | meetings.conf.meetecho.com *.conf.meetecho.com *.meetecho.com | /{room} /{room}/{any}
meetn | meetn.com | /{room}
mirotalk | p2p.mirotalk.com sfu.mirotalk.com c2c.mirotalk.com bro.mirotalk.com | /join/{x} /join?room
mmhmm | mmhmm.app talk.mmhmm.app | /talk/{x} /room/{x}
mts_link | *.mts-link.ru *.webinar.ru | /j/{x}/{x} /j/{x}/{x}/session/{x} /j/{x}/{x}/stream-new/{x}
mts_link | *.mts-link.ru *.webinar.ru | /{x}/{n} /{x}/{n}/{x}/{n}
naver_works | meeting.worksmobile.com | /j/{x} /{n}
net2phone | huddle.net2phone.com | /{room}
newrow | smart.newrow.com | /#/room/{rest} /room/{x}
nextiva | meet.nextiva.com meetings.nextiva.com | /{room} /join/{x}
ooma | meet.ooma.com meetings.ooma.com | /{room}
openrainbow | meet.openrainbow.com web.openrainbow.com | /{x} /call/{x} /rb/{rest} /#/meet/{rest}
opentalk | *.opentalk.eu *.opentalk.run | /room/{x} /invite/{x}
ovice | *.ovice.in | / /{room} /{room}/{any}
ovice | *.ovice.com | /{room} /{room}/{any}
pexip | pexip.me | /meet/{any}
ping_gg | ping.gg | /call/{x}
pop | pop.com | /j/{x}
preply | preply.com | /{x}/chat/t-room/{x} /chat/t-room/{x} /{x}/classroom/{x}
proficonf | .proficonf.com | /conference/{x}
proton_meet | meet.proton.me | /join/{x} /{x}/join/{x}
pumble | meet.pumble.com | /{room}
reclaim | reclaim.ai | /z/{any}
red_medical | video.redmedical.de | /#/login?code
remotehq | app.remotehq.com | /{x} /{x}/{x}
remotemeeting | remotemeeting.com | /reservation/share/{x} /ko/reservation/share/{x} /ja/reservation/share/{x}
renater | rendez-vous.renater.fr | /{room}
restream_studio | studio.restream.io | /{room} /guest/{x}
ringcentral | .v.ringcentral.com video.ringcentral.com video-atos.ringcentral.com | /join/{x} /conf/on/{x} /launcher/{x}
ringcentral | app.ringcentral.com | /meetings/join/{x} /video/join/{x} /join/{x} /conf/on/{x}
ringcentral | meetings.ringcentral.com webinar.ringcentral.com | /j/{x} /join/{x} /join?mid /my/{x} /w/{x}
ringcentral | meetings.btcloudphone.bt.com meetings.businessconnect.telus.com | /j/{x} /join/{x} /join?mid /my/{x}
ringcentral | meetings-officeathand.att.com | /j/{x} /join/{x} /join?mid /my/{x}
ringcentral | meetings.officeathand.att.com video.unifyoffice.com video.cloudoffice.avaya.com | /join/{x} /conf/on/{x}
ringcentral | video.rainbowoffice.com video.btcloudwork.com video.businessconnect.telus.com | /join/{x} /conf/on/{x}
ringcentral | *.ringcentral.com | /join/{n} /conf/on/{n}
ringover | meet.ringover.com meet.ringover.io app.ringover.com | /{room} /meeting/{x} /meet/{x}
riverside | riverside.fm riverside.com | /studio/{x} /studio/{x}/{x}
rnp | conferenciaweb.rnp.br | /webconf/{x}
roam | ro.am | /r/{any} /r/#/{rest} /m/{x} /{room}/{x}
rocketchat | open.rocket.chat | /meet/{x} /conference/{x}
salesroom | *.sr.chat | /
senfcall | .senfcall.de | /{room} /b/{x} /rooms/{x}/join
sessions | app.sessions.us app.sessions.works | /e/{x} /event/{any} /{x}/{x}
shimmer | app.shimmer.video | /room/{x} /r/{x}
signal | signal.link | /call/#{rest} /call#{rest}
simplepractice | video.simplepractice.com | /appt-{x}
sirius_video | sirius.video | /{room}
skyroom | skyroom.online | /ch/{x}/{x}
skype | join.skype.com | /{x} /invite/{x} /bot/{x}
skype4biz | meet.lync.com join.lync.com | /{x}/{x}/{x} /{x}/{x}/{x}/{x} /{x}/{x}
slack_huddle | .slack.com | /huddle/{x}/{x} /huddle/{x} /calls/{x}
sococo | app.sococo.com | /a/{x} /{x}/{x}
sowork | app.sowork.com | /{any}
spatial_chat | app.spatial.chat spatial.chat | /s/{x} /s/{x}/{any}
squadcast | app.squadcast.fm | /session/{x}
starleaf | meet.starleaf.com | /{n} /{n}/{x} /{room}
startmeeting | join.startmeeting.com | /{room}
startmeeting | startmeeting.com | /wall/{x} /wall/{x}/{x}
streamyard | streamyard.com | /{code} /guest/{x}
suit_conference | .conference.istesuit.com | /{room}
sylaps | sylaps.com | /r/{x} /room/{x}
talky | talky.io | /{room}
tandem | tandem.chat app.tandem.chat | /t/{any} /j/{x} /join/{x} /meet/{x} /call/{any}
teamflow | app.teamflowhq.com | /{x} /{x}/{any}
teams_appointment | visit.teams.microsoft.com | /webrtc-svc/api/route?convId /webrtc-web?threadId
teams_townhall | teams.microsoft.com | /convene/townhall?eventId /convene/townhalls?eventId
teamviewer | go.teamviewer.com | /{room} /{room}/{any}
teamviewer | meeting.teamviewer.com | /{any}
teemyco | app.teemyco.com | /room/{x} /room/{x}/{x}
telemost | telemost.yandex.ru telemost.360.yandex.ru telemost.yandex.com telemost.yandex.kz | /j/{x} /live/{x}
tencent_meeting | meeting.tencent.com wemeet.qq.com | /dm/{x} /p/{x} /s/{x} /dw/{x} /l/{x} /j/{x} /v2/p/{x} /dm/r/{x}
tixeo | meet.tixeo.com | /{any}
tixeo | *.tixeo.com | /meeting/{x}
topia | topia.io | /{room}
trueconf | .trueconf.com .trueconf.ru .trueconf.name | /c/{x} /webrtc/{x}
tuple | tuple.app production.tuple.app | /c/{x}
uberconference | uberconference.com | /{room} /room/{x}
userzoom | go.userzoom.com | /participate/{x}
vast | meet.vastconference.com | /{room}
vedamo | app.vedamo.com *.vedamo.com | /vc/{any} /virtual-classroom/{any}
veeting | rooms.veeting.com meeting.veeting.com room.veeting.com | /{any} /#!/{rest}
venue | app.venue.live | /app/{x}
videomost | *.videomost.com | /service/join?confid
vidyo | *.vidyocloud.com *.platform.vidyo.io *.vidyo.com | /join/{x}
visio_gouv_fr | visio.numerique.gouv.fr webconf.numerique.gouv.fr | /{room}
vk_calls | vk.com vk.ru m.vk.com | /call/join/{x}
vonage | meetings.vonage.com freeconferencing.vonage.com | /{room} /?room_token
voov | voovmeeting.com *.voovmeeting.com | /dm/{x} /p/{x} /s/{x} /{room}
vowel | vowel.com app.vowel.com | /#/g/{rest} /g/{x} /{room}/{x}
vsee | vsee.com | /c/{x} /u/{x} /{room}
vsee | *.vsee.me | /u/{x} /c/{x} /{room}
wb_stream | stream.wb.ru | /room/{x}
webinaire_gouv_fr | webinaire.numerique.gouv.fr | /meeting/signin/{any}
wecom | work.weixin.qq.com | /webapp/tm/{x}
welo | app.welo.space | /{room} /{x}/{x}
whatsapp | call.whatsapp.com | /video/{x} /voice/{x} /{x}
whereby | .whereby.com | /{room}
whale_on | whaleon.naver.com one.whaleon.naver.com | /on/{x} /o/{x}
whale_on | whaleon.us | /o/{x} /on/{x}
wildix | *.wildixin.com | /{any}
wire | account.wire.com | /conversation-join?key /conversation-join/?key
wonder | app.wonder.me wonder.me | /?spaceId /r?id /r/{x}
workadventure | play.workadventu.re | /@/{any} /_/{any}
workplace | .workplace.com | /groupcall/LINK:{x} /groupcall/ROOM:{x} /groupcall/{n}
xoom | xoom.video | /{room}
yandex_meet | meet.yandex.ru | /j/{x} /{room}
youcanbookme | *.youcanbook.me | /zoom/{any} /google-meet/{any} /microsoft-teams/{any}
zep | zep.us | /play/{x}
zhumu | welink.zhumu.com | /j/{n} /wc/join/{n}?wpk
zhumu | zhumu.com zhumu.me meeting.zhumu.com | /j/{n}
zm_page | *.zm.page | / /{any}
zoho_cliq | cliq.zoho.com cliq.zoho.eu cliq.zoho.in cliq.zoho.com.au cliq.zoho.jp | /meetings/{x} /meetings/{x}/{x}
zoho_meeting | meeting.zoho.com meeting.zoho.eu meeting.zoho.in | /join?key /meeting/join?key /meeting/{n}
zoho_meeting | meeting.zoho.com meeting.zoho.eu meeting.zoho.in | /meeting/register?sessionId
zoho_meeting | meeting.zoho.com.au meeting.zoho.jp meeting.zohocloud.ca | /join?key /meeting/join?key
zoho_meeting | meet.zoho.com meet.zoho.eu meet.zoho.in meet.zoho.com.au meet.zoho.jp meet.zohocloud.ca | /{room}
"""
