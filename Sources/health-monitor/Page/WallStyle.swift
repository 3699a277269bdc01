import KeepAliveKit

/// The style of the wall view, after the page's: tiles that are readable from five metres. No `<` and no `&`.
///
/// The script sets `--tile`, a measure of a tile's height, and `--span`, the places of a tile in trouble. `data-fit` marks
/// a tile that is too small for all it says.
enum WallStyle {
    static let sheet: Markup = """

        .wall{--tile:9rem;--span:2;overflow-x:hidden}
        .wall header,.wall main{max-width:none;padding:0 1.25rem}
        .wall header{min-height:3.5rem;font-size:1.5rem}.wall #live{font-size:1.5rem}.wall .logo{height:2.5rem}.wall .brand bdi{-webkit-line-clamp:1}
        .wall .overall{padding:.6rem 1.4rem}.wall h1{font-size:2.75rem}.wall .overall>.asof{flex:none;font-size:2rem}
        .wall .counts{font-size:1.75rem}.wall .counts b{font-size:inherit}
        .wall .news{font-size:1.75rem}
        .wall .rows{display:grid;grid-auto-flow:dense;gap:10px;margin-top:10px;border:0;background:none;overflow:visible;\
        grid-template-columns:repeat(auto-fill,minmax(15rem,1fr));grid-auto-rows:9rem}
        .wall .row{content-visibility:visible;border:0;border-radius:.6rem;\
        padding:calc(.5rem + var(--tile)*.04) calc(var(--tile)*.07) calc(var(--tile)*.04);\
        background:color-mix(in srgb,var(--c) 12%,var(--card));box-shadow:inset 0 .5rem var(--c);overflow:hidden;\
        grid-template:"icon name" max-content "state state" max-content "why why" max-content "when when" max-content/\
        calc(var(--tile)*.24) minmax(0,1fr);align-content:center;align-content:safe center;gap:calc(var(--tile)*.03) calc(var(--tile)*.07)}
        .wall .row h3{-webkit-line-clamp:2;font-size:calc(var(--tile)*.25);line-height:1.15;font-weight:600}
        .wall .row.long h3{font-size:max(1.1rem,var(--tile)*.18)}
        .wall .row>.state{justify-self:start}.wall .row .icon{width:100%;height:auto;aspect-ratio:1}
        .wall .row .state{font-size:calc(var(--tile)*.18);line-height:1.2;color:var(--c)}
        .wall .row[data-a]{grid-column:span var(--span);grid-row:span var(--span);background:var(--c);color:var(--bg);--mark:var(--c);\
        --tile2:calc(var(--tile)*var(--span)*.8);padding:calc(var(--tile2)*.07)}
        .wall .row[data-a] .icon{fill:var(--bg)}
        .wall .row[data-a]{grid-template-columns:calc(var(--tile2)*.2) minmax(0,1fr)}
        .wall .row[data-a] h3{font-size:calc(var(--tile2)*.21)}
        .wall .row[data-a].long h3{font-size:max(1.1rem,var(--tile2)*.16)}
        .wall .row[data-a] :is(.state,.why,.when,.quiet){color:var(--bg)}
        .wall .row[data-a] .state{font-size:calc(var(--tile2)*.16)}
        .wall .row .why{font-size:calc(var(--tile)*.17);line-height:1.2}
        .wall .row[data-a] .why{font-size:calc(var(--tile2)*.14)}
        .wall .row[data-a] .when{margin:0;font-size:calc(var(--tile2)*.14);line-height:1.2}
        .wall .row:is(.healthy,.maintenance,.unknown) .forecast,.wall .row .when>:nth-child(n+2):not(.mark-ack),.wall .row:not([data-a]) .when,\
        .wall .row:is(.healthy,.maintenance)>.state,.wall .row>:is(.bars,.up,details,.note){display:none}
        .wall .row[data-fit] .why{-webkit-line-clamp:1}.wall .row[data-fit="4"] h3{-webkit-line-clamp:1}
        .wall .row:is([data-fit="2"],[data-fit="3"],[data-fit="4"])>.when,.wall .row:is([data-fit="3"],[data-fit="4"])>.why{display:none}
        #lost{position:fixed;z-index:3;inset:auto 0 0;margin:0;padding:1.5rem 2rem;background:var(--down);color:var(--bg);\
        font-size:3rem;font-weight:700;line-height:1.2;text-align:center}
        .wall:has(#lost:not([hidden])) .rows{opacity:.35}
        .wall [data-span="1"] .row[data-a]>.when{display:none}.wall [data-span="1"] .row[data-a] .why{-webkit-line-clamp:1}
        @media(max-width:60rem){.wall header{min-height:2.75rem}.wall h1{font-size:1.5rem}.wall .overall>.asof{display:block}\
        .wall :is(header,#live,.counts,.overall>.asof){font-size:1rem}.wall header,.wall main{padding:0 1rem}\
        .wall .row[data-a]{grid-column:span 1;grid-row:span 1;--tile2:calc(var(--tile)*.8)}\
        .wall .row[data-a]>.when{display:none}#lost{font-size:1.5rem}}
        @media(max-width:40rem){.wall .row[data-a]{grid-column:1/-1;--tile2:var(--tile);padding-inline:.8rem}}
        """
}
