/// What makes the page live: server-sent events, and asking every 15 s where they do not come through. No `<` and no `&`,
/// so that the page is well-formed XML too.
enum PageScript {
    static let code: Markup = """
        "use strict";
        (() => {
        const find = id => document.getElementById(id), edition = document.body.dataset.edition;
        const parse = text => new DOMParser().parseFromString(text, "text/html");
        const sources = new Map();
        let since = document.body.dataset.since, source = null, heard = 0, polls = 0;
        const say = (text, state) => {
          const live = find("live");
          if (live.textContent !== text) live.textContent = text;
          live.className = state;
        };
        const localize = root => root.querySelectorAll("time[datetime*=T]").forEach(time => {
          const date = new Date(time.dateTime);
          if (isNaN(date)) return;
          time.title = time.dateTime;
          time.textContent = date.toLocaleString([], {dateStyle: "medium", timeStyle: "short"});
        });
        const byTrouble = (one, other) => one.rank - other.rank || one.order - other.order;
        const sort = (list, rank) => {
          const items = [...list.children].map(node => ({node, rank: rank(node), order: Number(node.dataset.order)}));
          const sorted = [...items].sort(byTrouble);
          if (sorted.every((item, index) => item === items[index])) return;
          const focused = document.activeElement;
          list.append(...sorted.map(item => item.node));
          if (focused !== document.activeElement) focused.focus({preventScroll: true});
        };
        const sortAll = () => {
          document.querySelectorAll(".cards").forEach(list => sort(list, card => Number(card.dataset.rank)));
          sort(find("services"), group => Number(group.querySelector(".card").dataset.rank));
        };
        const filter = () => {
          const words = find("words").value.trim().toLowerCase();
          document.querySelectorAll(".group").forEach(group => {
            const cards = [...group.querySelectorAll(".card")];
            cards.forEach(card => {
              card.hidden = !card.querySelector("h3").textContent.toLowerCase().includes(words);
            });
            group.hidden = cards.every(card => card.hidden);
          });
        };
        const apply = root => {
          root.querySelectorAll("[data-live]").forEach(next => {
            const now = find(next.id), text = next.outerHTML;
            if (!now || sources.get(next.id) === text) return;
            sources.set(next.id, text);
            const node = document.importNode(next, true);
            const isOpen = now.querySelector("details[open]"), hasFocus = now.contains(document.activeElement);
            if (isOpen) node.querySelector("details")?.setAttribute("open", "");
            localize(node);
            node.hidden = now.hidden;
            const said = now.querySelector("h1")?.textContent, says = node.querySelector("h1")?.textContent;
            now.replaceWith(node);
            if (hasFocus) node.querySelector("summary")?.focus({preventScroll: true});
            if (says !== said) { find("said").textContent = says; document.title = says; }
          });
          sortAll();
        };
        const poll = async () => {
          try {
            const answer = await fetch("/", {headers: {Accept: "text/html"}});
            const page = parse(await answer.text());
            if (page.body.dataset.edition !== edition) { location.reload(); return; }
            since = page.body.dataset.since;
            apply(page);
            say("Updated every 15 s", "on");
          } catch { say("Connection lost", "off"); }
          polls += 1;
          setTimeout(polls % 8 === 0 ? listen : poll, 15000);
        };
        const giveUp = () => { source.close(); source = null; poll(); };
        const listen = () => {
          if (!window.EventSource) { poll(); return; }
          source = new EventSource("/api/events?html=true" + String.fromCharCode(38) + "since=" + since);
          heard = Date.now();
          source.addEventListener("open", () => { heard = Date.now(); say("Live", "on"); });
          source.addEventListener("ping", () => { heard = Date.now(); });
          source.addEventListener("update", event => {
            const data = JSON.parse(event.data);
            if (data.edition !== edition) { location.reload(); return; }
            heard = Date.now();
            since = event.lastEventId;
            apply(parse(data.html));
          });
          source.addEventListener("error", () => {
            if (source.readyState === 2) giveUp(); else say("Connection lost", "off");
          });
        };
        // A proxy that keeps the events to itself looks like silence.
        setInterval(() => {
          if (source?.readyState === 1 ? Date.now() - heard > 40000 : false) giveUp();
        }, 5000);
        document.querySelectorAll("[data-live]").forEach(node => sources.set(node.id, node.outerHTML));
        localize(document);
        if (document.querySelectorAll(".card").length > 12) find("filter").hidden = false;
        find("words").addEventListener("input", filter);
        listen();
        })();
        """
}
