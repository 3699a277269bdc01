import KeepAlivePlatform

/// Keeps the page live: it fetches the page again and copies only the differences, so that the focus, a selection and
/// the scroll position stay. The script alone draws the trend, from the values it has seen.
///
/// A hidden page fetches nothing. An answer after five seconds counts as missing. A screen reader announces another
/// state or another reason, not other numbers. For another bot or version the page is reloaded.
enum PageScript {
    static let text: Markup = #"""
        const $=id=>document.getElementById(id),live=$("live"),samples=[];
        let timer,isAsking,heard=performance.now(),before,known;
        const put=(node,text)=>{if(node.textContent!==text)node.textContent=text};
        const set=(node,name,value)=>{if(node.getAttribute(name)!==value)node.setAttribute(name,value)};
        const merge=(old,fresh)=>{
        for(const{name}of[...old.attributes])if(!fresh.hasAttribute(name))old.removeAttribute(name);
        for(const{name,value}of fresh.attributes)set(old,name,value);
        const nodes=[...fresh.childNodes];
        while(old.childNodes.length>nodes.length)old.lastChild.remove();
        nodes.forEach((node,i)=>{const was=old.childNodes[i];
        if(!was)old.append(node);else if(was.nodeName!==node.nodeName)was.replaceWith(node);
        else if(node.nodeType===1){if(node.id!=="trend")merge(was,node)}else if(was.data!==node.data)was.data=node.data})};
        const tell=(word,title,icon,pulse)=>{if(document.title!==title)document.title=title;
        set($("icon"),"href",icon);put($("pulse"),pulse);$("pulse").className=pulse==="Live"?"":"off";
        const why=[...$("why").children].map(e=>e.textContent).join(" "),now=(word+why).replace(/\d+/g,"");
        if(known!==undefined&&known!==now)put($("said"),word+". "+why);known=now};
        const draw=(kind,rate)=>{samples.push({kind,rate});if(samples.length>120)samples.shift();
        const most=Math.max(...samples.map(s=>s.rate)),plot=$("trend").querySelector("svg");
        plot.replaceChildren(...samples.map((s,i)=>{
        const bar=document.createElementNS(plot.namespaceURI,"rect"),height=s.kind==="lost"?24:2+(most&&22*s.rate/most);
        for(const[name,value]of Object.entries({class:s.kind,x:120-samples.length+i,y:24-height,width:.8,height}))
        bar.setAttribute(name,value);return bar}));
        const text=`${kind==="lost"?"No answer now":"Now "+rate.toFixed(1)}, at most ${most.toFixed(1)}, since this page was opened (4 minutes at most).`;
        put($("trend").querySelector("figcaption"),text);set(plot,"aria-label",text);$("trend").hidden=samples.length<2};
        const take=fresh=>{merge(live,fresh);heard=performance.now();
        const{word,title,icon,updates,up}=live.dataset;tell(word,title,icon,"Live");
        const now={updates:+updates,up:+up},isNew=!before||now.up<before.up,span=now.up-(isNew?0:before.up);
        const done=Math.max(0,now.updates-(isNew?0:before.updates));
        if(before&&span>0)draw($("status").className,done/span);before=now};
        const lose=why=>{const{word,title}=live.dataset,seconds=Math.round((performance.now()-heard)/1000);
        live.className="stale";$("status").className="lost";put($("word"),"Connection lost");
        put($("since"),"");$("sign").setAttribute("d","\#(PageState.lost.sign)");const lines=[`${why} for ${seconds} s.`,`Before that it was: ${word}.`];
        while($("why").children.length<2)$("why").append(document.createElement("li"));
        [...$("why").children].forEach((e,i)=>i<2?put(e,lines[i]):e.remove());
        tell("Connection lost",title.replace(word,"Connection lost"),$("icon").dataset.lost,"No connection");draw("lost",0)};
        const ask=async()=>{if(isAsking)return;isAsking=true;clearTimeout(timer);
        try{const answer=await fetch(location.origin+location.pathname+location.search,
        {headers:{Accept:"text/html"},cache:"no-store",signal:AbortSignal.timeout(5000)});
        const part=(await answer.text()).split("<!--live-->")[1];
        if(!part)lose(`Something else has answered (HTTP ${answer.status})`);
        else{const fresh=new DOMParser().parseFromString(part,"text/html").body.firstElementChild;
        if(fresh.dataset.of!==live.dataset.of)location.reload();else take(fresh)}
        }catch{lose("The bot has not answered")}
        isAsking=false;if(!document.hidden)timer=setTimeout(ask,2000)};
        document.addEventListener("visibilitychange",()=>{clearTimeout(timer);if(!document.hidden)ask()});
        addEventListener("online",ask);ask();
        """#
}
