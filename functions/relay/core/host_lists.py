"""Hosts that many share, by kind: a page on one of them is no company's website. Pure data.

Collected by hand, from what CRMs and maps have fields for as social and other profiles, and from how the
services themselves write their customers' addresses. `profile_pages` adds what `make hosts` finds. Suffixes
of the public suffix list's private part (`github.io`, `myshopify.com`) are known from that list.

`host` is shared with all below it, `host/path` only where the path begins so (`host/` is every page but the
front page, which is its owner's); `name.*` stands under any suffix. Under `*.host` each name is somebody's.
"""

from collections.abc import Mapping

LISTS: Mapping[str, str] = {
    "social networks": """
        ask.fm band.us bebo.com bere.al bilibili.com bsky.app clubhouse.com counter.social douban.com
        douyin.com facebook.com fb.com fb.gg fb.me fb.watch flipboard.com foursquare.com gab.com gettr.com
        hi5.com ig.me instagr.am instagram.com kuaishou.com lemmy.world likee.video linkedin.com lnkd.in
        mastodon.cloud mastodon.online mastodon.social mastodon.world mewe.com minds.com mstdn.social
        myspace.com nextdoor.com odnoklassniki.ru ok.ru parler.com pin.it pinterest.* pixelfed.social
        plurk.com qzone.qq.com redd.it reddit.com renren.com snapchat.com spacehey.com swarmapp.com t.co
        tagged.com taringa.net threads.com threads.net tiktok.com tribel.com truthsocial.com *.tumblr.com
        tumblr.com/ twitter.com vero.co viadeo.com vk.com vk.me vkontakte.ru weheartit.com weibo.cn
        weibo.com x.com xiaohongshu.com xing.com xingsite.com zhihu.com
    """,
    "messengers": """
        chat.whatsapp.com discord.com/ discord.gg discordapp.com join.skype.com kakaotalk.com/ kik.me
        lin.ee line.me m.me messenger.com open.kakao.com pf.kakao.com signal.group signal.me *.slack.com
        t.me telegram.dog telegram.me telegram.org/ viber.com/ wa.link wa.me wechat.com/ weixin.qq.com
        whatsapp.com zalo.me
    """,
    "pages of links and digital cards": """
        about.me allmylinks.com beacons.ai beacons.page bento.me bio.fm bio.link bio.site biolink.to
        biolinky.co blinq.me bouncy.ai campsite.bio contactinbio.com direct.me dot.cards fanlink.to
        fanlink.tv ffm.bio ffm.to flow.page heylink.me hihello.com/ hihello.me hoo.be hypeddit.com/
        instabio.cc koji.to komi.io link.me linkbio.co linkfire.com/ linkfly.to linkin.bio linkpop.com
        linkr.bio linktr.ee linktree.com lit.link lnk.bio lnk.to lynxinbio.com magic.ly many.link
        manylink.co milkshake.app msha.ke onelink.to orcd.co popl.co/ popl.me potofu.me profcard.info
        shor.by shorby.com/ sleek.bio smarturl.it snipfeed.co solo.to stan.store tap.bio taplink.at
        taplink.cc taplink.ws throne.com/ throne.me withkoji.com wlo.link znap.link
    """,
    "site builders": """
        *.adobe.site angelfire.com *.b12sites.com *.beepworld.de *.bookmark.com *.bravesites.com
        *.bubble.io *.builderall.com *.business.site canva.com/ canva.site *.canva.site *.carbonmade.com
        *.cargo.site *.clickfunnels.com *.clippings.me *.contently.com *.convertri.com *.crevado.com
        *.de.tl *.dudaone.com *.durable.co *.e-monsite.com editor.wix.com *.es.tl *.estranky.cz
        express.adobe.com *.format.com *.fr.gd *.freewebs.com gamma.app *.gamma.site geocities.com
        *.geocities.jp *.getresponsesite.com *.glide.page *.glideapp.io *.glitch.me *.godaddysites.com
        *.gr8.com *.groovepages.com groups.google.com *.homepagemodules.de *.homestead.com
        *.hostingersite.com *.hotglue.me *.hs-sites.com *.hubspotpagebuilder.com *.it.gg *.jimdo.com
        *.jimdofree.com *.jimdopages.com *.jimdosite.com *.jimdoweb.com *.journoportfolio.com *.jouwweb.nl
        *.landen.co *.mailchimpsites.com *.mmm.page *.mobirisesite.com *.monsite-orange.fr *.mozello.*
        *.muckrack.com muckrack.com/ *.multiscreensite.com *.my-free.website *.myclickfunnels.com
        *.myportfolio.com *.mystrikingly.com *.narod.ru *.negocio.site *.nethouse.ru *.npage.de
        *.ontralink.com *.onuniverse.com *.page.tl *.pagedemo.co *.pagesperso-orange.fr *.pixieset.com
        *.portfoliobox.net *.readymag.com readymag.com/ *.readymag.website *.repage.de *.site.pro
        *.site123.me sites.google.com *.sitew.com *.softr.app spark.adobe.com *.spark.adobe.com
        *.squarespace.com *.straw.page *.strikingly.com *.super.site sway.cloud.microsoft sway.office.com
        *.swipepages.net *.systeme.io *.tiiny.site *.tilda.ws *.tripod.com *.ucoz.* *.ucraft.net
        *.ucraft.site *.ueni.com *.ueniweb.com *.ukit.me *.umi.ru *.unbouncepages.com
        *.unicornplatform.page *.univer.se *.vistaprintdigital.com *.webador.* *.webnode.* *.webnode.page
        *.webs.com *.webself.net *.websites.co.in *.webstarts.com *.weebly.com *.wifeo.com wix.com/
        wixsite.com *.yola.com *.zohosites.com *.zyrosite.com
    """,
    "blogs and newsletters": """
        ameba.jp/ ameblo.jp *.art.blog *.beehiiv.com beehiiv.com/ *.blog.163.com *.blog.com blog.csdn.net
        *.blog.cz blog.daum.net *.blog.hu blog.livedoor.jp blog.naver.com blog.sina.com.cn *.blogcn.com
        *.blogg.no *.blogg.se *.bloggang.com blogger.com/profile *.bloglovin.com bloglovin.com/
        *.blogs.com *.blogspot.* *.blox.pl brunch.co.kr *.business.blog buttondown.com/ buttondown.email
        cafe.daum.net cafe.naver.com *.campaign-archive.com *.canalblog.com *.ck.page *.cnblogs.com
        *.code.blog *.convertkit.com *.design.blog dev.to *.dreamwidth.org *.edublogs.org eepurl.com
        *.egloos.com *.exblog.jp *.family.blog *.fashion.blog *.fc2.com *.fitness.blog *.food.blog
        *.game.blog getrevue.co *.ghost.io hashnode.com/ *.hashnode.dev *.health.blog hive.blog
        *.home.blog *.hubpages.com hubpages.com/ jianshu.com *.kit.com *.law.blog listed.to *.livedoor.jp
        *.livejournal.com livejournal.com/ mailchi.mp *.medium.com medium.com/ *.micro.blog micro.blog/
        *.mirror.xyz mirror.xyz *.movie.blog *.music.blog *.news.blog note.com/ *.over-blog.com
        *.over-blog.net *.overblog.com paragraph.com/ paragraph.xyz *.pen.io *.penzu.com *.photo.blog
        *.pixnet.net *.poetry.blog *.politics.blog *.postach.io *.posthaven.com revue.co *.school.blog
        *.science.blog *.seesaa.net *.skyrock.com smartstore.naver.com *.sport.blog steemit.com
        *.substack.com substack.com/ *.svbtle.com *.tech.blog telegra.ph tinyletter.com *.tistory.com
        *.travel.blog *.typepad.com *.typepad.jp velog.io *.video.blog *.water.blog *.wordpress.com
        wordpress.com/ write.as *.write.as *.xuite.net
    """,
    "shops": """
        *.bandcamp.com bandcamp.com/ *.bigcartel.com *.booth.pm cafepress.com/ *.catlog.shop *.cococart.co
        *.company.site *.creator-spring.com depop.com *.dukaan.app *.ecwid.com *.empretienda.com.ar
        *.etsy.com etsy.com etsy.me *.expandcart.com fiverr.com *.fourthwall.com fourthwall.com/
        *.gumroad.com gumroad.com/ *.itch.io itch.io/ *.jumpseller.com *.loja2.com.br
        *.lojaintegrada.com.br *.lojavirtualnuvem.com.br mercari.com/ *.mitiendanube.com
        *.mybigcommerce.com *.mycashier.com *.mydukaan.io mydukaan.io *.myshoplaza.com *.myshopline.com
        *.myshopwired.uk *.myspreadshop.* payhip.com *.payhip.com poshmark.com *.printify.me
        redbubble.com/ *.salla.sa salla.sa/ *.sellfy.com sellfy.com/ *.shop-pro.jp *.shoplazza.com
        *.shoplineapp.com *.shopsettings.com society6.com/ *.spreadshop.com square.link *.storehippo.com
        *.storenvy.com *.stores.jp *.take.app take.app/ *.tebex.io *.teemill.com teepublic.com/
        teespring.com *.thebase.in *.threadless.com *.tiendanube.com upwork.com/ vinted.* *.volusion.com
        weidian.com whatnot.com/ *.x-cart.com *.youcan.shop *.youcanshop.com zazzle.*/ *.zid.store
    """,
    "marketplaces and classified advertisements": """
        *.1688.com 1688.com/ 1stdibs.com/ 99designs.*/ a.co *.alibaba.com alibaba.com/ aliexpress.*
        allegro.pl/ amazon.*/-/ amazon.*/b amazon.*/dp amazon.*/gp amazon.*/handmade amazon.*/s
        amazon.*/shops amazon.*/sp amazon.*/stores amzn.asia amzn.eu amzn.to ankorstore.com/ artsy.net/
        autoscout24.* avito.ru bark.com/ blocket.se bukalapak.com carousell.* codecanyon.net
        craigslist.org dba.dk dhgate.com/ discogs.com/ drom.ru/ ebay-kleinanzeigen.de ebay.*/ ebay.us
        *.en.ec21.com *.exportersindia.com exportersindia.com/ faire.com/ finn.no/ flipkart.com/
        freelancer.*/ *.globalsources.com globalsources.com/ gumtree.* hepsiburada.com/ houzz.*
        indiamart.com jiji.*/ jumia.*/ kijiji.* kleinanzeigen.de lazada.* leboncoin.fr *.made-in-china.com
        made-in-china.com/ marktplaats.nl mercadolibre.* mercadolivre.com.br mercadoshops.*
        *.mercadoshops.com milanuncios.com mobile.de n11.com/ noon.com/ olx.* ozon.ru/ *.rakuten.co.jp
        rakuten.co.jp/ reverb.com/ saatchiart.com/ shopee.* stores.ebay.com subito.it *.taobao.com
        taobao.com/ taskrabbit.*/ themeforest.net thumbtack.com/ *.tmall.com tokopedia.com tori.fi/
        tradeindia.com/ trendyol.com/ wallapop.com walmart.com/ wildberries.ru/ willhaben.at
    """,
    "maps and business listings": """
        11880.com 2gis.* angel.co angi.com/ apollo.io/ bbb.org/ bing.com/maps bing.com/search
        brownbook.net business.google.com chamberofcommerce.com/ citysearch.com clutch.co/
        companieshouse.gov.uk craft.co/ crunchbase.com/ cylex.* dasoertliche.de dastelefonbuch.de
        degulesider.dk designrush.com/ dnb.com/ eniro.*/ europages.* f6s.com/
        find-and-update.company-information.service.gov.uk g.co g.page g2.com/ gelbeseiten.de
        goldenpages.* goo.gl goodfirms.co/ google.*/business google.*/local google.*/maps google.*/search
        google.*/url gouden-gids.be goudengids.be gulesider.no here.com/ herold.at hitta.se
        homeadvisor.com/ hotfrog.* justdial.com kompass.*/ krak.dk local.ch/ manta.com/ mapquest.com
        maps.app.goo.gl maps.apple.com maps.google.* maps.yandex.* meinestadt.de merchantcircle.com/
        northdata.* opencorporates.com/ openstreetmap.org owler.com/ pagesdor.be pagesjaunes.fr
        paginasamarillas.es paginegialle.it pitchbook.com/ plus.google.com producthunt.com/ proff.*/
        rocketreach.co/ search.ch/ search.google.com sortlist.* sulekha.com/ superpages.com theorg.com/
        thomasnet.com/ tracxn.com/ truelocal.com.au w3w.co waze.com/ wego.here.com wellfound.com/
        what3words.com/ wlw.*/ yandex.*/maps yandex.*/profile yell.com yellowpages.* yellowpages.com.au
        yelp.* zoominfo.com/
    """,
    "reviews, travel and bookings": """
        acuityscheduling.com agoda.com/ airbnb.*/ app.acuityscheduling.com *.as.me autotrader.* avvo.com/
        book.squareup.com booking.com/ booksy.com cal.com/ calendly.com capterra.* cargurus.*/ cars.com/
        chownow.com/ classpass.com/ couchsurfing.com/ deliveroo.* doctolib.* doctoralia.* doodle.com/
        doordash.com/ ekomi.*/ expedia.*/ foodpanda.* fresha.com getapp.* getyourguide.*/ glassdoor.*
        glovoapp.com grubhub.com/ happycow.net/ healthgrades.com/ hostelworld.com/ hotels.com/ idealista.*
        immobilienscout24.de indeed.*/ jameda.de just-eat.* justeat.* koalendar.com kununu.com
        lafourchette.com lawyers.com/ lieferando.* meetings.hubspot.com menufy.com/ mindbodyonline.com/
        opentable.* order.online peerspace.com/ practo.com/ provenexpert.com quandoo.* realtor.com/
        resy.com/ reviews.io/ rightmove.co.uk/ savvycal.com/ schedulicity.com/ *.setmore.com
        *.simplybook.* sitejabber.com softwareadvice.* squareup.com/ styleseat.com/ swiggy.com/ thefork.*
        theknot.com/ tidycal.com toasttab.com/ treatwell.* trip.com/ tripadvisor.* trulia.com/
        trustedshops.* trustpilot.* ubereats.com untappd.com/ vagaro.com viator.com/ vrbo.com
        weddingwire.* wolt.com/ youcanbook.me *.youcanbook.me zcal.co zillow.com/ zocdoc.com/ zomato.com
    """,
    "events, courses and communities": """
        airtable.com/ *.atlassian.net bandsintown.com *.bitrix24.* *.bitrix24shop.* *.bitrix24site.*
        buy.stripe.com buymeacoff.ee buymeacoffee.com buytickets.at cameo.com/ cash.app/ cash.me
        *.circle.so cognitoforms.com/ coursera.org/ *.createaforum.com crowdfunder.co.uk dice.fm/
        docs.google.com donorbox.org/ evbuc.com eventbrite.* eventim.*/ every.org/ *.fandom.com
        fandom.com/ fansly.com *.force.com form.jotform.com forms.gle forms.office.com *.formstack.com
        formstack.com/ *.forumactif.com *.forumotion.com *.freeforums.net *.freshdesk.com givebutter.com
        gofund.me gofundme.com *.helpscoutdocs.com hopin.com/ indiegogo.com jotform.com *.jotform.com
        justgiving.com kickstarter.com ko-fi.com liberapay.com lu.ma luma.com meet.google.com meet.jit.si
        meetup.com *.memberful.com miro.com/ *.mn.co *.monday.com *.my.salesforce.com *.my.site.com
        *.mykajabi.com *.mystrikingly.site notion.com/ notion.so/ *.odoo.com onlyfans.com
        opencollective.com/ paperform.co *.paperform.co partiful.com patreon.com paypal.com/paypalme
        paypal.me *.podia.com pretix.eu *.proboards.com ra.co/ *.salesforce-sites.com sched.com
        *.sched.com sessionize.com *.sharepoint.com skillshare.com/ skool.com songkick.com/ splashthat.com
        *.splashthat.com startnext.com surveymonkey.*/ tally.so *.teachable.com teams.live.com
        teams.microsoft.com *.thinkific.com *.ticketleap.com ticketmaster.*/ ticketsource.*
        tickettailor.com tipeee.com *.tix.com trello.com/ *.typeform.com typeform.com/ udemy.com/
        ulule.com universe.com/ venmo.com/ *.webex.com whereby.com/ *.wikia.com wikidata.org *.wikidot.com
        wikimedia.org wikipedia.org wufoo.com *.wufoo.com *.zendesk.com zoom.us/j zoom.us/meeting
        zoom.us/my zoom.us/webinar
    """,
    "jobs": """
        apply.workable.com *.applytojob.com *.bamboohr.com boards.greenhouse.io *.breezy.hr breezy.hr/
        careerbuilder.* careers.smartrecruiters.com hh.ru *.homerun.co job-boards.greenhouse.io
        jobs.ashbyhq.com jobs.lever.co *.jobs.personio.com *.jobs.personio.de jobs.smartrecruiters.com
        jobstreet.* *.join.com join.com/ monster.*/ *.myworkdayjobs.com naukri.com *.recruitee.com
        reed.co.uk/ seek.*/ simplyhired.* stepstone.* *.teamtailor.com totaljobs.com
        welcometothejungle.com *.workable.com workatastartup.com ycombinator.com/companies ziprecruiter.*
    """,
    "apps, code and packages": """
        addons.mozilla.org apkpure.com/ appexchange.salesforce.com appgallery.huawei.com apps.apple.com
        apps.microsoft.com apps.shopify.com appsource.microsoft.com azuremarketplace.microsoft.com
        bitbucket.org books.apple.com chrome.google.com chromewebstore.google.com codeberg.org codepen.io
        codesandbox.io crates.io developer.apple.com/ discussions.apple.com ecosystem.hubspot.com
        f-droid.org/ figma.com/ galaxystore.samsung.com gist.github.com git.sr.ht gitea.com/ gitee.com
        github.com gitlab.com/ glitch.com/ hub.docker.com huggingface.co itunes.apple.com jsfiddle.net
        kaggle.com/ launchpad.net marketplace.atlassian.com marketplace.visualstudio.com microsoft.com/p
        microsoft.com/store music.apple.com npmjs.com nuget.org observablehq.com packagist.org
        play.google.com podcasts.apple.com pypi.org quay.io/ replit.com/ roblox.com/ *.rtfd.io
        rubygems.org savannah.gnu.org slack.com/apps *.sourceforge.io sourceforge.net sr.ht
        stackblitz.com/ *.stackexchange.com stackexchange.com/ stackoverflow.com/ steamcommunity.com
        store.steampowered.com testflight.apple.com wordpress.org workspace.google.com/marketplace
        *.zapier.app
    """,
    "files, pictures, videos and documents": """
        1drv.ms *.1drv.ms 4shared.com 500px.com academia.edu *.academia.edu *.acast.com acast.com/
        anchor.fm app.box.com archive.is archive.li archive.org archive.ph archive.today artstation.com
        *.artstation.com audiomack.com behance.net bitchute.com box.com/s *.buzzsprout.com buzzsprout.com/
        *.captivate.fm *.castos.com cdn.shopify.com cdninstagram.com *.cloudinary.com dai.ly
        dailymotion.com db.tt deezer.com/ deviantart.com disk.yandex.* dribbble.com drive.google.com
        dropbox.com/ *.dropboxusercontent.com eyeem.com fbcdn.net file.io flic.kr flickr.com fromsmash.com
        genius.com/ giphy.com/ gist.githack.com goodreads.com *.googleusercontent.com icloud.com/ imdb.com
        imgur.com iqiyi.com issuu.com ixigua.com kick.com last.fm *.libsyn.com loom.com/ mediafire.com
        mega.co.nz mega.nz mixcloud.com music.youtube.com nicovideo.jp odysee.com onedrive.live.com
        open.spotify.com orcid.org pastebin.com pcloud.com/ pexels.com/ photobucket.com photos.app.goo.gl
        photos.google.com pixabay.com/ pixiv.net player.fm/ *.podbean.com podbean.com/
        podcasters.spotify.com podchaser.com/ prezi.com quora.com rapidshare.com researchgate.net
        reverbnation.com rumble.com s3.amazonaws.com scholar.google.* scribd.com sendspace.com
        *.simplecast.com slides.com/ slideshare.net *.smugmug.com soundcloud.com speakerdeck.com spoti.fi
        spotify.link spreaker.com/ ssrn.com/ storage.googleapis.com streamable.com tenor.com/
        transfernow.net *.transistor.fm translate.goog translate.google.* tunein.com/ twitch.tv
        unsplash.com uploaded.net v.qq.com vimeo.com/ vimeopro.com vsco.co wattpad.com we.tl
        web.archive.org webcache.googleusercontent.com wetransfer.com wikihow.com/ *.wistia.com
        wistia.com/ yadi.sk youku.com youtu.be youtube-nocookie.com youtube.com zippyshare.com
    """,
    "shortened addresses": """
        adf.ly ampproject.org b.link bit.do bit.ly bitly.com/ bitly.ws bl.ink buff.ly clck.ru cli.re
        clicky.me cutt.ly cutt.us dlvr.it dub.sh eur01.safelinks.protection.outlook.com flip.it flyt.it
        geni.us goo.su han.gl hubs.la hubs.li hubs.ly is.gd j.mp kutt.it l.ead.me l.facebook.com
        l.instagram.com linkd.in linkprotect.cudasvc.com lstu.fr me2.do my.sh n9.cl ow.ly page.link po.st
        qr-code.click qr.ae qr.io qrco.de qrto.org rb.gy rebrand.ly reurl.cc s.id
        safelinks.protection.outlook.com scnv.io short.gy short.io/ shorte.st shorturl.at shrtco.de
        snip.ly soo.gd surl.li t.ly t2m.io tiny.cc tiny.one tiny.pl tinyurl.com tr.im trib.al u.to
        urldefense.com urldefense.proofpoint.com urlr.me urlz.fr v.gd v.ht vo.la x.co x.gd zpr.io zurl.co
        zws.im
    """,
}
