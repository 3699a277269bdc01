import KeepAliveKit

/// The page's style sheet. No `<` and no `&`, so that the page is well-formed XML too.
enum PageStyle {
    static let sheet: Markup = """
        :root{color-scheme:light dark;--bg:#f5f7f9;--card:#fff;--line:#dfe4ea;--text:#1b2430;--quiet:#566273;\
        --up:#18794e;--degraded:#946000;--down:#c0272d;--unknown:#5b6675;--none:#d5dbe2;--mark:#fff;\
        --upbar:#3fb27f;--degradedbar:#e0a12b;--downbar:#d9444a;--focus:#1f5fd0;--tint:6%}
        @media(prefers-color-scheme:dark){:root{--bg:#0e1318;--card:#161d25;--line:#2a3440;--text:#e4e9ef;--quiet:#9aa7b5;\
        --up:#4cc38a;--degraded:#e5ae4a;--down:#ff7a7d;--unknown:#9aa7b5;--none:#2c3743;--mark:#0e1318;\
        --upbar:#2f9e6e;--degradedbar:#d59a35;--downbar:#ec5d60;--focus:#7db2ff;--tint:12%}}
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%}
        body{margin:0;background:var(--bg);color:var(--text);font:1rem/1.5 system-ui,"Segoe UI",Roboto,Cantarell,\
        "Noto Sans","DejaVu Sans",sans-serif;overflow-wrap:anywhere}
        header,main,footer{max-width:76rem;margin:0 auto;padding:0 1rem}
        header{display:flex;align-items:center;gap:.75rem;min-height:3.5rem}
        .brand{margin:0 auto 0 0;font-weight:600;min-width:0;max-height:3rem;overflow:hidden}
        .brand bdi{min-width:0;display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden}
        #live,header form,header .button{flex:none;white-space:nowrap}
        .brand,.brand a{display:flex;align-items:center;gap:.6rem}.brand a{text-decoration:none}.brand a:hover{text-decoration:underline}
        .logo{flex:none;height:2rem;max-width:10rem;object-fit:contain}
        #live{margin:0;font-size:.875rem;color:var(--quiet);display:flex;align-items:center;gap:.4rem}
        #live:not(:empty)::before{content:"";width:.55rem;height:.55rem;border-radius:50%;background:var(--unknown)}
        #live.on::before{background:var(--up)}#live.off::before{background:var(--down)}
        h1,h2,h3,h4,p,ul,ol,dl{margin:0;padding:0}ul,ol{list-style:none}
        h1{font-size:clamp(1.25rem,1rem + 1.2vw,1.75rem);line-height:1.2;display:flex;align-items:center;gap:.75rem;\
        letter-spacing:-.01em}
        h2{font-size:1.125rem;margin:2rem 0 .75rem}summary h2{display:inline;margin:0}h3{font-size:1rem;font-weight:600}
        h4{font-size:.875rem;margin:.9rem 0 .3rem}
        .quiet,.asof{color:var(--quiet)}.asof{font-size:.8125rem}
        .trouble{margin-top:.5rem;overflow-wrap:anywhere}
        .hidden,.skip:not(:focus){position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);\
        white-space:nowrap}
        .skip:focus{position:fixed;top:.5rem;left:.5rem;z-index:1;padding:.5rem 1rem;background:var(--card);\
        border-radius:.5rem}
        a{color:inherit}:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
        #services:focus{outline:none}
        .healthy{--c:var(--up)}.degraded{--c:var(--degraded)}.unhealthy{--c:var(--down)}.unknown{--c:var(--unknown)}\
        .maintenance{--c:var(--focus)}
        .overall{display:flex;flex-wrap:wrap;align-items:center;gap:.3rem 1.5rem;padding:.9rem 1.2rem;border-radius:.6rem;\
        border-left:4px solid var(--c);background:color-mix(in srgb,var(--c) var(--tint),var(--card))}
        .overall h1{flex:1 1 auto}.overall .icon{width:1em;height:1em}.overall>p{flex-basis:100%}
        .counts{display:flex;flex-wrap:wrap;gap:.1rem .4rem;margin:0 -.5rem}
        .counts a{display:block;padding:.1rem .5rem;border-radius:.4rem;color:var(--c);text-decoration:none}
        .counts a:hover{text-decoration:underline}.counts a[aria-current]{background:var(--c);color:var(--mark)}
        .counts b{font-size:1.125rem;font-variant-numeric:tabular-nums}
        .news{display:block;margin-bottom:.6rem;padding:.5rem 1rem;border-radius:.5rem;background:var(--card);\
        border-left:4px solid var(--focus)}
        .news.warning{border-color:var(--degraded)}.news.critical{border-color:var(--down)}
        .icon{flex:none;width:1.05rem;height:1.05rem;fill:var(--c)}
        .mark{fill:none;stroke:var(--mark);stroke-width:2;stroke-linecap:round;stroke-linejoin:round}
        .notice{margin-top:1rem;padding:.75rem 1rem;border-radius:.6rem;border:1px solid var(--degraded);\
        background:var(--card)}
        .group,.attention{margin-top:1.1rem}.attention h2{margin:0 0 .45rem}
        .group>summary{display:flex;flex-wrap:wrap;align-items:center;gap:.1rem .75rem;width:auto;padding:.45rem 0;\
        color:inherit;list-style:none}
        .group>summary::-webkit-details-marker{display:none}
        .group>summary::before{content:"";flex:none;width:.45rem;height:.45rem;border:solid var(--quiet);\
        border-width:0 2px 2px 0;transform:rotate(-45deg);margin:0 .15rem}
        .group[open]>summary::before{transform:rotate(45deg)}
        .group>summary h2{flex:0 1 auto;min-width:0}
        .tally{display:flex;flex-wrap:wrap;gap:.1rem .75rem;font-size:.875rem}.tally span{color:var(--c)}
        .rows{border:1px solid var(--line);border-radius:.6rem;background:var(--card);overflow:hidden}
        .rows:not(:has(>:not([hidden]))){display:none}
        .row{position:relative;display:grid;align-items:center;min-width:0;padding:.5rem 1rem;column-gap:.6rem;\
        grid-template-columns:1.05rem minmax(0,1fr) auto auto auto minmax(0,24rem) 9.5rem 5rem;\
        grid-template-areas:"icon name note note2 state bars up more" ". why why why why when when when"\
         ". fore fore fore fore fore fore fore" "all all all all all all all all";\
        content-visibility:auto;contain-intrinsic-size:auto none auto 2.7rem}
        .row+.row{border-top:1px solid var(--line)}
        .row[data-a]{background:color-mix(in srgb,var(--c) 5%,var(--card));box-shadow:inset 4px 0 var(--c);\
        contain-intrinsic-height:auto 3.9rem}
        .row .icon{grid-area:icon}.row h3{grid-area:name;min-width:0;font-weight:500;display:-webkit-box;\
        -webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden}
        .row>.note{grid-area:note}.row>.note+.note{grid-area:note2}
        .state{font-size:.9375rem;font-weight:600;color:var(--c)}
        .row>.state{grid-area:state;justify-self:end}.row.healthy>.state{font-weight:400;color:var(--quiet)}
        .note{flex:none;font-size:.75rem;font-weight:400;line-height:1.5;padding:0 .45rem;border-radius:.3rem;\
        color:var(--quiet);background:color-mix(in srgb,var(--quiet) 16%,transparent)}
        .why{grid-area:why;font-size:.875rem;color:var(--quiet);display:-webkit-box;\
        -webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden}
        .unhealthy>.why,.degraded>.why{color:var(--text)}
        .row>.forecast{grid-area:fore;color:var(--degraded)}
        .when{grid-area:when;display:flex;flex-wrap:wrap;gap:0 .9rem;font-size:.8125rem;\
        line-height:1.5rem;color:var(--quiet);margin-left:.6rem}
        .bars{grid-area:bars;align-self:start;height:1.4rem;margin-left:.6rem}
        .bars svg{display:block;width:100%;height:100%}
        .bars path{fill:none;stroke-dasharray:4 2}
        .dg{stroke:var(--upbar);stroke-width:24}.dt{stroke:var(--degradedbar);stroke-width:28}\
        .db{stroke:var(--downbar);stroke-width:32}.de{stroke:var(--none);stroke-width:4}
        .up{grid-area:up;align-self:start;text-align:right;font-size:.8125rem;line-height:1.4rem;color:var(--quiet);\
        font-variant-numeric:tabular-nums}.up small{font-size:inherit}.up b{color:var(--text);font-weight:600}
        .row>details{grid-area:more;align-self:start;font-size:.9375rem;min-width:0}
        .row>details>summary{line-height:1.5rem;padding:0;margin-left:auto;white-space:nowrap}
        .row>details[open]{grid-area:all}
        .row:has(>details[open])>details>summary{position:absolute;top:.5rem;right:1rem}
        .act{min-height:1.5rem;padding:0 .55rem;border-radius:.35rem;font-size:.8125rem;line-height:1.4rem;color:var(--text)}
        .acts{display:flex;flex-wrap:wrap;gap:.4rem;margin-top:.4rem}.acts .act{min-height:2rem}.act[hidden]{display:none}
        .mark-ack{color:var(--up)}
        .more{padding:.4rem 0 .6rem 1.65rem}
        #tip{position:fixed;z-index:2;padding:.2rem .55rem;border-radius:.4rem;background:var(--text);color:var(--bg);\
        font-size:.8125rem;pointer-events:none;max-width:90vw}#tip[hidden]{display:none}
        .axis{display:flex;justify-content:space-between;gap:.75rem;margin-top:.25rem;font-size:.8125rem;\
        color:var(--quiet);font-variant-numeric:tabular-nums}
        .axis>:nth-child(2){text-align:center}.axis>:not(:nth-child(2)){flex:none}
        summary{cursor:pointer;color:var(--quiet);font-size:.875rem;padding:.2rem 0;width:max-content;max-width:100%}
        dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.15rem 1rem;margin-top:.35rem}
        dt{color:var(--quiet)}dd{margin:0;font-variant-numeric:tabular-nums}.report{white-space:pre-wrap;max-height:24rem;overflow:auto}
        .plotted{position:relative}.top{position:absolute;top:.1rem;left:.3rem;font-size:.75rem;color:var(--quiet)}
        .plot{display:block;width:100%;height:7rem}
        .plot path{vector-effect:non-scaling-stroke}
        .grid{stroke:var(--line);fill:none}.band{fill:color-mix(in srgb,var(--focus) 18%,transparent)}
        .line{fill:none;stroke:var(--focus);stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
        .parts li{display:flex;gap:.5rem;align-items:baseline}.parts .icon{width:.8rem;height:.8rem}
        .day>h3{margin:1rem 0 .5rem;color:var(--quiet);font-size:.9375rem}
        .incidents{display:grid;gap:.6rem}
        .incident{padding:.7rem 1rem;border:1px solid var(--line);border-left-width:4px;border-radius:.5rem;\
        background:var(--card)}
        .incident h4{margin:0;font-size:1rem}
        .incident.open{border-left-color:var(--degraded)}.incident.open.critical{border-left-color:var(--down)}
        .timeline{margin:.35rem 0 0 .3rem;border-left:2px solid var(--line);font-size:.9375rem}
        .timeline li{position:relative;padding:.1rem 0 .1rem .9rem}
        .timeline li::before{content:"";position:absolute;left:-.36rem;top:.55rem;width:.6rem;height:.6rem;\
        border-radius:50%;background:var(--down)}
        .timeline .repeated::before,.timeline .lasts::before{background:var(--degraded)}
        .timeline .ended::before{background:var(--up)}
        .told{display:flex;flex-wrap:wrap;gap:0 1rem;font-size:.8125rem;color:var(--quiet)}.late{color:var(--down)}
        time{font-variant-numeric:tabular-nums}
        #filter{margin-top:1.25rem;display:flex;flex-wrap:wrap;gap:.5rem;align-items:center}
        [hidden].row,#filter[hidden],.attention[hidden],.group[hidden],#lost[hidden]{display:none}
        #found{min-width:6rem}nav{margin-top:.5rem}
        input,button,.button{font:inherit;color:inherit;background:var(--card);border:1px solid var(--quiet);\
        border-radius:.5rem;padding:.4rem .8rem;min-height:2.5rem}
        input{flex:1 1 14rem;min-width:0;max-width:26rem}
        button,.button{cursor:pointer;text-decoration:none}
        #login form{display:flex;flex-wrap:wrap;gap:.6rem;align-items:center;margin-top:.6rem}
        main>.quiet{margin-top:2rem}
        footer{padding-top:2rem;padding-bottom:2rem;font-size:.875rem;color:var(--quiet)}
        @media(max-width:60rem){.row{padding:.35rem .75rem;\
        grid-template-columns:1.05rem minmax(0,1fr) auto auto auto;\
        grid-template-areas:"icon name note note2 state" ". why why why why" ". when when when more" ". fore fore fore fore"\
         ". bars bars up up" "all all all all all";contain-intrinsic-height:auto 4.4rem}
        .row:not([data-a]){grid-template-areas:"icon name note note2 state" ". why why why why" ". fore fore fore fore"\
         ". bars up up more" "all all all all all"}
        .row h3,.row .why{-webkit-line-clamp:1}.bars{margin:0;height:.9rem;align-self:center}
        .row .up{line-height:1.5rem}.when{margin:0;flex-wrap:nowrap;gap:.5rem;overflow:hidden}
        .when>span{min-width:0;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}.when .act{flex:none;padding:0 .4rem}
        .up small{display:none}
        .row:has(>details[open])>details>summary{position:static}.more{padding-left:0}
        .attention .rows:has(>:nth-child(5)) :is(.bars,.up){display:none}
        .attention .rows:has(>:nth-child(5)) .row{padding-block:.15rem;contain-intrinsic-height:auto 4.7rem}
        header{min-height:2.75rem}.brand bdi{-webkit-line-clamp:1}header :is(button,.button){min-height:2rem;padding:.1rem .6rem}\
        .news{margin-bottom:.4rem;padding:.2rem .8rem;font-size:.9375rem}.overall{padding:.6rem .8rem;column-gap:.8rem}.overall h1{flex-basis:100%}
        .counts{flex:1;column-gap:0;font-size:.9375rem}.counts b{font-size:inherit}.overall>.asof{display:none}\
        #filter{margin-top:.5rem}#words{min-height:2.25rem;padding:.2rem .8rem}.group,.attention{margin-top:.7rem}}
        @media(forced-colors:active){.icon{fill:CanvasText}.dg,.dt,.db{stroke:CanvasText}.de{stroke:GrayText}\
        .mark{stroke:Canvas}#tip{border:1px solid}}
        @media print{:root{--bg:#fff}#filter,#login,#live,.skip,header form,header a,nav,#tip{display:none}\
        .row,.incident{break-inside:avoid;content-visibility:visible}}
        @media(prefers-contrast:more){:root{--line:var(--quiet)}}
        """
}
