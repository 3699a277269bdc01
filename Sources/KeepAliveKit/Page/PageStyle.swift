/// The page's style: light and dark, from 320 pixels to a wall screen, in the colours of health-monitor's fleet page.
/// `--c` is the colour of a state, `--on` the text colour on it, both with a contrast of at least 4.5 : 1.
enum PageStyle {
    static let sheet: Markup = """
        :root{color-scheme:light dark;--bg:#f5f7f9;--card:#fff;--line:#dfe4ea;--text:#1b2430;--quiet:#566273;\
        --up:#18794e;--warn:#946000;--down:#c0272d;--wait:#1f5fb4;--focus:#1f5fd0}
        @media(prefers-color-scheme:dark){:root{--bg:#0e1318;--card:#161d25;--line:#2a3440;--text:#e4e9ef;\
        --quiet:#9aa7b5;--up:#4cc38a;--warn:#e5ae4a;--down:#ff7a7d;--wait:#7db2ff;--focus:#7db2ff}}
        @media(prefers-contrast:more){:root{--quiet:var(--text);--line:var(--text)}}
        *{box-sizing:border-box}
        html{-webkit-text-size-adjust:100%}
        body{margin:0;background:var(--bg);color:var(--text);font:1rem/1.5 system-ui,"Segoe UI",Roboto,Cantarell,\
        "Noto Sans","DejaVu Sans",sans-serif;overflow-wrap:anywhere}
        header,main,footer{max-width:100rem;margin:0 auto;padding:0 clamp(.75rem,2vw,2rem)}
        h1,h2,p,ul,dl,dd,figure{margin:0;padding:0}ul{list-style:none}
        header{display:flex;flex-wrap:wrap;align-items:baseline;gap:0 .75rem;padding-top:.75rem;padding-bottom:.75rem}
        h1{font-size:clamp(1.25rem,1rem + 1.2vw,2rem);line-height:1.25;min-width:0;max-width:100%;\
        display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2;overflow:hidden}
        header p{min-width:0;max-height:1.5em;overflow:hidden}
        #pulse{margin-left:auto;font-weight:600}
        #pulse:not(:empty)::before{content:"";display:inline-block;width:.6rem;height:.6rem;margin-right:.4rem;\
        border-radius:50%;background:var(--up)}
        #pulse.off::before{border-radius:0;background:var(--down)}
        #status{--c:#18794e;--on:#fff;background:var(--c);color:var(--on);border-radius:1rem;\
        padding:clamp(1rem,3vw,3rem);border:3px solid transparent}
        #status.degraded{--c:#ffb224;--on:#1b1300}#status.unhealthy{--c:#c0272d}#status.pending{--c:#1f5fb4}
        #status.lost{--c:#3d4652;background:repeating-linear-gradient(135deg,#3d4652 0 1.5rem,#353d48 1.5rem 3rem)}
        #status h2{display:flex;flex-wrap:wrap;align-items:center;gap:0 .2em;margin:0;font-weight:800;line-height:1.05;\
        font-size:clamp(2.2rem,11.5vw,13rem);letter-spacing:-.025em}
        #status.lost h2{font-size:clamp(2rem,8.2vw,9.5rem)}
        #status svg{flex:none;width:.85em;height:.85em;fill:none;stroke:currentColor;stroke-width:3.2;\
        stroke-linecap:round;stroke-linejoin:round}
        #why{margin-top:.4em;font-size:clamp(1.125rem,.8rem + 1.5vw,2rem);line-height:1.35}
        #since{margin-top:.4em}
        h2{font-size:1.125rem;margin:1.5rem 0 .6rem}
        dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,9rem),1fr));gap:.6rem}
        #activity+dl{--n:1;grid-template-columns:repeat(var(--n),minmax(0,1fr))}
        @media(min-width:21rem){#activity+dl{--n:2}}@media(min-width:34rem){#activity+dl{--n:3}}
        @media(min-width:64rem){#activity+dl{--n:6}}
        #inside+dl{grid-template-columns:repeat(auto-fit,minmax(min(100%,16rem),1fr))}
        dl>div,.checks li,figure{min-width:0;padding:.6rem .9rem;border:1px solid var(--line);border-radius:.75rem;\
        background:var(--card)}
        dt,.quiet{color:var(--quiet);font-size:.9375rem}
        dd{font-size:clamp(1.25rem,1rem + .8vw,1.75rem);font-weight:650;line-height:1.3;\
        font-variant-numeric:tabular-nums}
        dd.quiet{font-size:.875rem;font-weight:400}
        .healthy{--k:var(--up)}.degraded{--k:var(--warn)}.unhealthy{--k:var(--down)}.pending{--k:var(--wait)}
        dl .degraded,dl .unhealthy,.checks .degraded,.checks .unhealthy{border-color:var(--k)}
        dl .degraded dd:not(.quiet),dl .unhealthy dd:not(.quiet),.checks b{color:var(--k)}
        .checks{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,20rem),1fr));gap:.6rem}
        .checks .name{font-weight:600}
        .note{font-size:.8125rem;padding:0 .45rem;border:1px solid var(--quiet);border-radius:1rem;color:var(--quiet)}
        .stale>:not(#status){filter:grayscale(1)}.stale dd{font-weight:400}
        #live>p,footer{margin-top:1rem}
        #trend svg{display:block;border-bottom:1px solid var(--line);width:100%;height:4rem}
        #trend .healthy{fill:var(--up)}#trend .degraded{fill:var(--warn)}#trend .unhealthy{fill:var(--down)}
        #trend .pending{fill:var(--wait)}#trend .lost{fill:var(--line)}
        footer{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;justify-content:space-between;padding-bottom:1.5rem}
        nav a{display:inline-block;padding:.35rem .6rem .35rem 0}
        a{color:inherit}:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
        .hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
        @media(prefers-reduced-motion:no-preference){#status{transition:background-color .3s}}
        @media(forced-colors:active){#status{border-color:CanvasText}#trend rect{fill:CanvasText}}
        """
}
