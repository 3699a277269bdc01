import KeepAliveKit
import KeepAlivePlatform

/// The script that updates the page: server-sent events, or polling every 15 s if they fail. No `<` and no `&`, so that
/// the page is well-formed XML too.
enum PageScript {
    static let code: Markup = """
        "use strict";
        (() => {
        const find = id => document.getElementById(id), edition = document.body.dataset.edition;
        const all = (selector, root) => [...(root ?? document).querySelectorAll(selector)];
        const parse = text => new DOMParser().parseFromString(text, "text/html");
        const ranks = {unhealthy: 0, degraded: 1, unknown: 2, maintenance: 3, healthy: 4};
        const parts = "#news,#overall,.tally,.row,#incidents", isWall = document.body.className === "wall";
        const sources = new Map(), addresses = new WeakMap(), loads = new WeakMap();
        let since = document.body.dataset.since, source = null, heard = 0, polls = 0, failures = 0, lostAt = null;
        const say = (text, state) => {
          const live = find("live");
          if (live.textContent !== text) live.textContent = text;
          live.className = state;
          lostAt = state === "off" ? lostAt ?? new Date() : null;
          const lost = find("lost");
          if (!lost) return;
          if (lost.hidden === Boolean(lostAt)) lost.hidden = !lostAt;
          if (lostAt) lost.querySelector("time").textContent = lostAt.toLocaleTimeString([], {timeStyle: "short"});
        };
        // Not at once again and again, should a proxy show the page to one and the events to another.
        const reload = () => setTimeout(() => location.reload(), Math.max(0, 10000 - performance.now()));

        // Times and durations
        const localize = root => all("time[datetime*=T]", root).forEach(time => {
          const date = new Date(time.dateTime);
          if (isNaN(date)) return;
          time.title = time.dateTime;
          const isClock = time.className || time.closest(".asof") ? date.toDateString() === new Date().toDateString() : false;
          time.textContent = isClock || time.closest(".told") ? date.toLocaleTimeString([], {timeStyle: "short"})
            : date.toLocaleString([], {dateStyle: "medium", timeStyle: "short"});
        });
        const duration = minutes => {
          const parts = minutes >= 1440 ? [Math.floor(minutes / 1440), "day", Math.floor(minutes % 1440 / 60), "h"]
            : minutes >= 60 ? [Math.floor(minutes / 60), "h", minutes % 60, "min"] : [minutes, "min", 0, ""];
          const unit = parts[1] === "day" ? (parts[0] === 1 ? "day" : "days") : parts[1];
          return minutes >= 1 ? parts[0] + " " + unit + (parts[2] ? " " + parts[2] + " " + parts[3] : "")
            : "under a minute";
        };
        const count = () => all("[data-from]").forEach(span => {
          const minutes = Math.floor((Date.now() - new Date(span.dataset.from)) / 60000);
          if (minutes >= 0) span.textContent = duration(minutes);
        });
        \(PageControls.code)
        // Where a row stands: with the trouble, in its group, or among the tiles.
        const rank = row => ranks[row.classList[1]], order = row => Number(row.id.slice(1));
        const place = row => {
          const worst = find("worst"), needs = row.dataset.a ? worst : null;
          const list = isWall ? find("tiles") : needs ?? find("r" + row.dataset.g);
          if (!list) return;
          const isRanked = isWall || list === worst;
          const key = row => [isRanked ? rank(row) : 0, order(row)], own = key(row);
          const next = [...list.children].find(other => {
            if (other === row) return false;
            const its = key(other);
            return its[0] > own[0] || (its[0] === own[0] ? its[1] > own[1] : false);
          }) ?? null;
          if (row.parentNode === list ? row.nextElementSibling === next : false) return;
          const focused = document.activeElement;
          list.insertBefore(row, next);
          if (focused !== document.activeElement) focused.focus({preventScroll: true});
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
            enable(details);
          } catch { loads.delete(details); }
        };
        document.addEventListener("toggle", event => {
          if (event.target.open ? event.target.closest(".row") : false) load(event.target);
        }, true);

        // What changes
        const patch = (row, next) => {
          const wasDrawn = row.querySelector("svg[role]"), details = row.querySelector("details"), isNews = rank(row) !== rank(next);
          row.className = next.className;
          if (next.dataset.a) row.dataset.a = "1"; else delete row.dataset.a;
          if (!details || !next.querySelector("details")) row.replaceChildren(...next.childNodes);
          else {
            next.querySelector("details").remove();
            [...row.childNodes].forEach(node => { if (node !== details) node.remove(); });
            details.before(...next.childNodes);
            if (details.open) load(details);
          }
          watch(row);
          enable(row);
          if (wasDrawn) draw(row);
          if (isNews) place(row);
        };
        const apply = root => {
          all(parts, root).forEach(next => {
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
            if (now.classList.contains("row")) { patch(now, node); return; }
            const said = now.querySelector("h1")?.textContent, says = node.querySelector("h1")?.textContent;
            now.replaceWith(node);
            if (says !== said) find("said").textContent = says;
            if (next.id === "overall") document.title = node.querySelector("h1").dataset.title;
          });
          count();
          show();
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

        all(".row").forEach(row => watch(row));
        localize(document);
        enable(document);
        count();
        setInterval(count, 30000);
        all(".row details[open]").forEach(details => loads.set(details, Date.now()));
        restore();
        listen();
        })();
        """
}
