"""Where the users of well-known sites have pages of their own, as in `host_lists`. Pure data.

Made by `make hosts` from the PyPI package sherlock-project (MIT licence, (c) 2019 Sherlock Project).
"""

PAGES = """
    *.exposure.co *.newgrounds.com *.nn.ru *.rajce.idnes.cz *.webnode.cz 1337x.to/user 2dimensions.com/a
    9gag.com/u addons.wago.io/user airbit.com/ airliners.net/user akniga.org/profile anilist.co/user
    aniworld.to/user/profil aparat.com/ app.intigriti.com/profile
    apps.runescape.com/runemetrics/app/overview/player archiveofourown.org/users ask.fedoraproject.org/u
    atcoder.jp/users audiojungle.net/user auth.geeksforgeeks.org/user authorstream.com/
    autofrage.net/nutzer avizo.cz/ baby.ru/u babyblog.ru/user bazar.cz/ bezuzyteczna.pl/uzytkownicy
    biggerpockets.com/users blipfoto.com/ blitztactics.com/ boardgamegeek.com/user
    bookcrossing.com/mybookshelf breachsta.rs/profile bugcrowd.com/ buzzfeed.com/ caddy.community/u
    career.habr.com/ cgtrader.com/ ch.tetr.io/u championat.com/user chess.com/member choice.community/u
    chollometro.com/profile clapperapp.com/ clozemaster.com/players cnet.com/profiles
    codecademy.com/profiles codechef.com/users codeforces.com/profile coderwall.com/ codewars.com/users
    codolio.com/profile coinvote.cc/profile colourlovers.com/lover community.bitwarden.com/u
    community.brave.com/u community.cartalk.com/u community.cloudflare.com/u community.cryptomator.org/u
    community.eintracht.de/fans community.icons8.com/u community.n8n.io/u
    community.native-instruments.com/profile community.signalusers.org/u community.windy.com/user
    community.wolfram.com/web coroflot.com/ cplusplus.com/user cracked.ax/ cracked.com/members
    credly.com/users crowdin.com/profile cryptohack.org/user cssbattle.dev/player ctan.org/author
    cults3d.com/en/users curseforge.com/members cyberdefenders.org/p d3.ru/user dailykos.com/user
    data.typeracer.com/pit/profile dating.ru/ dealabs.com/profile devrant.com/users
    discourse.joplinapp.org/u discourse.jupyter.org/u discourse.wicg.io/u discuss.elastic.co/u
    discuss.python.org/u disqus.com/ dmoj.ca/user drive2.ru/users duolingo.com/profile
    egpu.io/forums/profile en.gravatar.com/ exophase.com/user f3.cool/ fameswap.com/user fanpop.com/fans
    finanzfrage.net/nutzer fixya.com/users fl.ru/users fortnitetracker.com/profile/all
    forum.arduino.cc/u forum.cfx.re/u forum.dangerousthings.com/u forum.guns.ru/forummisc/blog
    forum.hackersploit.org/u forum.hackthebox.com/u forum.igromania.ru/member.php
    forum.ionicframework.com/u forum.leasehackr.com/u forum.rclone.org/u forum.spells8.com/u
    forum.sublimetext.com/u forum.velomania.ru/member.php forums.digitalspy.com/profile
    forums.envato.com/u forums.mmorpg.com/profile forums.pcgamer.com/members
    forums.terraria.org/index.php freecodecamp.org/ freelancer.com/u freesound.org/people
    furaffinity.net/user gaiaonline.com/profiles gallog.dcinside.com/ gamefaqs.gamespot.com/community
    gamespot.com/profile geocaching.com/p/default.aspx gesundheitsfrage.net/nutzer getmyuni.com/user
    giantbomb.com/profile gitlab.gnome.org/ grailed.com/ gutefrage.net/nutzer habr.com/ru/users
    hackaday.io/ hackenproof.com/hackers hackerone.com/ hackerrank.com/ hackster.io/
    help.nextcloud.com/u hosted.weblate.org/user hotukdeals.com/profile hubski.com/user
    hunting.ru/forum/members ifttt.com/p ifunny.co/user imgup.cz/ imood.com/users instapaper.com/p
    instructables.com/member interpals.net/ irc-galleria.net/user irecommend.ru/users itemfix.com/c
    jbzd.com.pl/uzytkownik jeuxvideo.com/profil keybase.io/ kongregate.com/accounts kwork.ru/user
    leetcode.com/ lesswrong.com/users letterboxd.com/ librarything.com/profile linux.org.ru/people
    linuxfr.org/users livelib.ru/reader lobste.rs/u lottiefiles.com/ memrise.com/user moikrug.ru/
    monkeytype.com/profile motorradfrage.net/nutzer musescore.com/ music.yandex/users
    my.flightradar24.com/ myanimelist.net/profile mydealz.de/profile mydramalist.com/profile
    myminifactory.com/users nairaland.com/ namu.wiki/w/%ec%82%ac%ec%9a%a9%ec%9e%90:
    nationstates.net/nation= nationstates.net/region= needrom.com/author news.ycombinator.com/user
    nightbot.tv/t ninjakiwi.com/profile nintendolife.com/users nitrotype.com/racer nl.pepper.com/profile
    notabug.org/ nothing.community/u nyaa.si/user opengameart.org/users opensource.com/users
    osu.ppy.sh/users ourdjtalk.com/members outgress.com/agents patched.sh/user pentesterlab.com/profile
    pepper.pl/profile pepperdeals.com/profile pepperdeals.se/profile periscope.tv/ php.ru/forum/members
    pinkbike.com/u platzi.com/p plugins.gradle.org/u pokemonshowdown.com/users polarsteps.com/
    polygon.com/users polymart.org/user pr0gramm.com/user preisjaeger.at/profile profil.chatujme.cz/
    profile.codersrank.io/user profiles.topcoder.com/ prog.hu/azonosito/info programming.dev/u
    promodescuentos.com/profile promodj.com/ psnprofiles.com/ realmeye.com/player reisefrage.net/nutzer
    robertsspaceindustries.com/citizens royalcams.com/profile ruby-forum.com/u rusfootball.info/user
    satsis.info/user sbazar.cz/ scholar.harvard.edu/ scratch.mit.edu/users shelf.im/
    shitpostbot.com/user sketchfab.com/ skillsprofile.skillbuilder.aws/user slant.co/users smule.com/
    sooplive.co.kr/station speedrun.com/users spletnik.ru/user splice.com/ splits.io/users
    sporcle.com/user sportlerfrage.net/nutzer sports.ru/profile status.cafe/users strava.com/athletes
    svidbook.ru/user swapd.co/u tellonym.me/ themoviedb.org/u topmate.io/ toster.ru/user
    tradingview.com/u trakt.tv/users traktrain.com/ translate.jellyfin.org/user trashbox.ru/users
    trovo.live/s tryhackme.com/p tuna.voicemod.net/user tweakers.net/gallery uid.me/
    ultimate-guitar.com/u valorantforums.com/u virustotal.com/gui/user vjudge.net/user vlr.gg/user
    warframe.market/profile warriorforum.com/members wikidot.com/user:info wordnik.com/users
    wowhead.com/user= wykop.pl/ludzie xboxgamertag.com/search younow.com/ youpic.com/photographer
    znanylekarz.pl/
"""
