import KeepAliveKit
import KeepAlivePlatform

/// The script that updates the page: server-sent events, or polling every 15 s if they fail. No `<` and no `&`, so that
/// the page is well-formed XML too.
enum PageScript {
    static let code: Markup = """
        "use strict";
        (() => {
        const find = id => document.getElementById(id), edition = document.body.dataset.edition;
        const parse = text => new DOMParser().parseFromString(text, "text/html");
        const ranks = {unhealthy: 0, degraded: 1, unknown: 2, maintenance: 3, healthy: 4};
        const sources = new Map(), addresses = new WeakMap(), loads = new WeakMap();
        let since = document.body.dataset.since, source = null, heard = 0, polls = 0, failures = 0;
        const say = (text, state) => {
          const live = find("live");
          if (live.textContent !== text) live.textContent = text;
          live.className = state;
        };
        // Not at once again and again, should a proxy show the page to one and the events to another.
        const reload = () => setTimeout(() => location.reload(), Math.max(0, 10000 - performance.now()));

        // Times and durations
        const localize = root => root.querySelectorAll("time[datetime*=T]").forEach(time => {
          const date = new Date(time.dateTime);
          if (isNaN(date)) return;
          time.title = time.dateTime;
          time.textContent = time.className ? date.toLocaleTimeString([], {timeStyle: "short"})
            : date.toLocaleString([], {dateStyle: "medium", timeStyle: "short"});
        });
        const duration = minutes => {
          const parts = minutes >= 1440 ? [Math.floor(minutes / 1440), "day", Math.floor(minutes % 1440 / 60), "h"]
            : minutes >= 60 ? [Math.floor(minutes / 60), "h", minutes % 60, "min"] : [minutes, "min", 0, ""];
          const unit = parts[1] === "day" ? (parts[0] === 1 ? "day" : "days") : parts[1];
          return minutes >= 1 ? parts[0] + " " + unit + (parts[2] ? " " + parts[2] + " " + parts[3] : "")
            : "under a minute";
        };
        const count = () => document.querySelectorAll("[data-from]").forEach(span => {
          const minutes = Math.floor((Date.now() - new Date(span.dataset.from)) / 60000);
          if (minutes >= 0) span.textContent = duration(minutes);
        });

        // The order of trouble
        const rank = card => ranks[card.classList[1]], order = card => Number(card.id.slice(1));
        const sort = (list, key) => {
          const items = [...list.children].map(node => ({node, key: key(node)}));
          const sorted = [...items].sort((one, other) => one.key[0] - other.key[0] || one.key[1] - other.key[1]);
          if (sorted.every((item, index) => item === items[index])) return;
          const focused = document.activeElement;
          list.append(...sorted.map(item => item.node));
          if (focused !== document.activeElement) focused.focus({preventScroll: true});
        };
        const sortAll = () => {
          document.querySelectorAll(".cards").forEach(list => sort(list, card => [rank(card), order(card)]));
          sort(find("services"), group => {
            const cards = [...group.querySelectorAll(".card")];
            return [rank(cards[0]), Math.min(...cards.map(order))];
          });
        };

        // What somebody looks for
        let wasOpen = null;
        const filter = () => {
          const words = find("words").value.trim().toLowerCase();
          const groups = [...document.querySelectorAll(".group")], all = document.querySelectorAll(".card").length;
          if (words) wasOpen = wasOpen ?? new Map(groups.map(group => [group, group.open]));
          let found = 0;
          groups.forEach(group => {
            const name = group.querySelector("h2").textContent;
            const cards = [...group.querySelectorAll(".card")];
            cards.forEach(card => {
              const text = [name, card.querySelector("h3").textContent, card.querySelector(".state").textContent];
              card.hidden = !text.some(text => text.toLowerCase().includes(words));
              found += card.hidden ? 0 : 1;
            });
            group.hidden = cards.every(card => card.hidden);
            if (words) group.open = true; else if (wasOpen) group.open = wasOpen.get(group);
          });
          if (!words) wasOpen = null;
          find("found").textContent = words ? found + " of " + all : "";
        };

        // What is known of one service comes when it is opened, and anew when it has changed.
        const load = async details => {
          const address = addresses.get(details) ?? details.querySelector("a")?.href ?? location.href;
          addresses.set(details, address);
          if (10000 > Date.now() - (loads.get(details) ?? 0)) return;
          loads.set(details, Date.now());
          try {
            const answer = await fetch(address, {headers: {Accept: "text/html"}});
            const text = await answer.text(), start = text.indexOf("\\x3Cmain"), end = text.indexOf("\\x3C/main");
            // Not its head, whose styles and scripts are none of this page's.
            const more = answer.ok ? parse(text.slice(start, end)).querySelector(".more") : null;
            if (!more) return;
            const node = document.importNode(more, true);
            localize(node);
            details.lastElementChild.replaceWith(node);
          } catch { loads.delete(details); }
        };
        document.addEventListener("toggle", event => {
          if (event.target.open ? event.target.closest(".card") : false) load(event.target);
        }, true);

        // What changes
        const patch = (card, next) => {
          const details = card.querySelector("details");
          if (rank(card) !== rank(next) ? rank(next) !== ranks.healthy : false) card.closest(".group").open = true;
          card.className = next.className;
          if (!details || !next.querySelector("details")) { card.replaceChildren(...next.childNodes); return; }
          next.querySelector("details").remove();
          [...card.childNodes].forEach(node => { if (node !== details) node.remove(); });
          details.before(...next.childNodes);
          if (details.open) load(details);
        };
        const apply = root => {
          root.querySelectorAll("#overall,.tally,.card,#incidents").forEach(next => {
            const now = find(next.id), text = next.outerHTML;
            if (!now) return;
            if (sources.get(next.id) === text) {
              // Of a service that is well only what is open has changed: its last check, its response times.
              const details = now.querySelector(":scope > details[open]");
              if (details) load(details);
              return;
            }
            sources.set(next.id, text);
            const node = document.importNode(next, true);
            localize(node);
            if (now.classList.contains("card")) { patch(now, node); return; }
            const said = now.querySelector("h1")?.textContent, says = node.querySelector("h1")?.textContent;
            now.replaceWith(node);
            if (says !== said) { find("said").textContent = says; document.title = says; }
          });
          sortAll();
          count();
          if (wasOpen) filter();
        };
        const address = more => "api/events?" + new URLSearchParams({html: "true", since, ...more});
        const poll = async () => {
          try {
            const answer = await fetch(address({poll: "true"}));
            if (!answer.ok) throw answer.status;
            const data = await answer.json();
            if (data.edition !== edition) { reload(); return; }
            since = data.id;
            apply(parse(data.html));
            say("Updated every 15 s", "on");
          } catch { say("Connection lost", "off"); }
          polls += 1;
          setTimeout(polls % 8 === 0 ? listen : poll, 15000);
        };
        const giveUp = () => { source.close(); source = null; failures = 0; poll(); };
        const listen = () => {
          if (!window.EventSource) { poll(); return; }
          source = new EventSource(address({}));
          heard = Date.now();
          source.addEventListener("open", () => { heard = Date.now(); say("Live", "on"); });
          source.addEventListener("ping", () => { heard = Date.now(); failures = 0; });
          source.addEventListener("update", event => {
            const data = JSON.parse(event.data);
            if (data.edition !== edition) { source.close(); reload(); return; }
            heard = Date.now();
            failures = 0;
            since = event.lastEventId;
            apply(parse(data.html));
          });
          // A proxy that cuts every stream off looks like a connection that is lost again and again.
          source.addEventListener("error", () => {
            failures += 1;
            if (source.readyState === 2 || failures >= 3) giveUp(); else say("Connection lost", "off");
          });
        };
        // One that keeps the events to itself looks like silence, before the answer begins or after.
        setInterval(() => { if (source ? Date.now() - heard > 40000 : false) giveUp(); }, 5000);

        // What a bar stands for
        const tip = find("tip");
        const point = event => {
          const bars = event.target.closest?.(".bars");
          tip.hidden = !bars;
          if (!bars) return;
          const box = bars.getBoundingClientRect(), days = (bars.viewBox.baseVal.width + 2) / 6;
          const day = Math.min(days - 1, Math.max(0, Math.floor((event.clientX - box.left) / box.width * days)));
          const bad = new Map((bars.dataset.bad ?? "").split(",").map(item => item.split(" ")));
          const empty = bars.querySelector(".d3")?.getAttribute("d") ?? "";
          const isEmpty = [...empty.matchAll(/M(\\d+) 30H(\\d+)/g)]
            .some(run => day * 6 >= Number(run[1]) ? Number(run[2]) >= day * 6 : false);
          const date = new Date((Math.floor(Date.now() / 86400000) - days + 1 + day) * 86400000);
          tip.textContent = date.toLocaleDateString([], {dateStyle: "medium", timeZone: "UTC"}) + ": "
            + (bad.has("" + day) ? bad.get("" + day) + " % up" : isEmpty ? "nothing recorded" : "no failures");
          const left = Math.min(event.clientX - tip.offsetWidth / 2, document.documentElement.clientWidth - tip.offsetWidth - 4);
          tip.style.left = Math.max(4, left) + "px";
          tip.style.top = Math.max(4, box.top - tip.offsetHeight - 6) + "px";
        };
        ["pointermove", "pointerdown"].forEach(name => document.addEventListener(name, point));
        ["scroll", "keydown"].forEach(name => window.addEventListener(name, () => { tip.hidden = true; }));

        document.querySelectorAll("#overall,.tally,.card,#incidents").forEach(node => sources.set(node.id, node.outerHTML));
        document.querySelectorAll(".card summary").forEach(summary => {
          summary.ariaLabel = "Details of " + summary.closest(".card").querySelector("h3").textContent;
        });
        localize(document);
        count();
        setInterval(count, 30000);
        document.querySelectorAll(".card details[open]").forEach(details => loads.set(details, Date.now()));
        if (document.querySelectorAll(".card").length > 12) find("filter").hidden = false;
        find("words").addEventListener("input", filter);
        listen();
        })();
        """
}
