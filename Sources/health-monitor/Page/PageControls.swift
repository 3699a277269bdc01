import KeepAliveKit

/// The part of the page's script that answers a person: filter, bars, tiles. It stands within ``PageScript``.
enum PageControls {
    static let code: Markup = """

        // The bars of a row are drawn when it comes into view; an empty day is a line, a bad one is taller.
        const svg = (name, attributes) => {
          const node = document.createElementNS("http://www.w3.org/2000/svg", name);
          Object.entries(attributes).forEach(([key, value]) => node.setAttribute(key, value));
          return node;
        };
        const days = text => [...text.matchAll(/([getb])([0-9.]+)/g)].flatMap(([, kind, value]) =>
          kind === "g" || kind === "e" ? Array(Number(value)).fill([kind, ""]) : [[kind, value]]);
        const draw = row => {
          const bars = row.querySelector(".bars");
          if (!bars || bars.firstChild) return;
          const list = days(bars.dataset.d ?? ""), paths = {g: "", t: "", b: "", e: ""};
          const middle = {g: 20, t: 18, b: 16, e: 30};
          list.forEach(([kind], day) => {
            const isNext = day > 0 ? list[day - 1][0] === kind : false;
            paths[kind] = isNext ? paths[kind].replace(/[0-9]+$/, day * 6 + 4)
              : paths[kind] + "M" + day * 6 + " " + middle[kind] + "H" + (day * 6 + 4);
          });
          const known = list.filter(([kind]) => kind !== "e").length;
          const bad = list.filter(([, value]) => value).length, uptime = row.querySelector(".up").textContent;
          const plural = count => count + (count === 1 ? " day" : " days");
          const label = known ? "Uptime: " + uptime + ", " + (bad ? plural(bad) : "no day") + " with failures"
            : "Uptime: nothing recorded yet";
          const drawing = svg("svg", {viewBox: "0 0 " + Math.max(1, list.length * 6 - 2) + " 32",
            preserveAspectRatio: "none", role: "img", "aria-label": label});
          Object.entries(paths).forEach(([kind, d]) => { if (d) drawing.append(svg("path", {class: "d" + kind, d})); });
          bars.append(drawing);
        };
        const seen = new IntersectionObserver(entries => entries.forEach(entry => {
          if (entry.isIntersecting) { seen.unobserve(entry.target); draw(entry.target); }
        }), {rootMargin: "400px"});
        const watch = row => {
          const summary = row.querySelector("summary");
          if (summary) summary.ariaLabel = "Details of " + row.querySelector("h3").textContent;
          if (!isWall) { seen.unobserve(row); seen.observe(row); }
        };
        window.addEventListener("beforeprint", () => all(".row").forEach(draw));

        // What a bar stands for
        const tip = find("tip");
        const point = event => {
          const bars = event.target.closest?.(".bars");
          tip.hidden = !bars;
          if (!bars) return;
          const box = bars.getBoundingClientRect(), list = days(bars.dataset.d);
          const day = Math.min(list.length - 1, Math.max(0, Math.floor((event.clientX - box.left) / box.width * list.length)));
          const [kind, value] = list[day] ?? ["e", ""];
          const date = new Date((Math.floor(Date.now() / 86400000) - list.length + 1 + day) * 86400000);
          tip.textContent = date.toLocaleDateString([], {dateStyle: "medium", timeZone: "UTC"}) + ": "
            + (value ? value + " % up" : kind === "e" ? "nothing recorded" : "no failures");
          const left = Math.min(event.clientX - tip.offsetWidth / 2, document.documentElement.clientWidth - tip.offsetWidth - 4);
          tip.style.left = Math.max(4, left) + "px";
          tip.style.top = Math.max(4, box.top - tip.offsetHeight - 6) + "px";
        };
        ["pointermove", "pointerdown"].forEach(name => document.addEventListener(name, point));
        ["scroll", "keydown"].forEach(name => window.addEventListener(name, () => { tip.hidden = true; }));

        // What somebody looks for, which the address holds: it can be shared, and the back button works.
        const states = {down: "unhealthy", up: "healthy"}, words = find("words");
        let wasOpen = null;
        const asked = () => new URLSearchParams(location.search);
        const chosen = () => (asked().get("state") ?? "").toLowerCase().split(",").map(word => states[word] ?? word)
          .filter(word => word in ranks);
        const show = () => {
          const text = (asked().get("q") ?? "").trim().toLowerCase(), wanted = chosen();
          const isAsked = text !== "" || wanted.length > 0, rows = all(".row"), names = new Map();
          all(".group").forEach(group => {
            const name = group.querySelector("h2").textContent.toLowerCase(), list = group.querySelector(".rows");
            names.set(list.id.slice(1), name);
          });
          let found = 0;
          const shown = new Set();
          rows.forEach(row => {
            const texts = isAsked ? [names.get(row.dataset.g) ?? "", row.querySelector("h3").textContent.toLowerCase(),
              row.querySelector(".state").textContent] : [];
            const isShown = !isAsked || ((wanted.length === 0 || wanted.includes(row.classList[1]))
              ? texts.some(its => its.includes(text)) : false);
            if (row.hidden === isShown) row.hidden = !isShown;
            if (isShown) { found += 1; shown.add(row.parentNode.id); }
          });
          const owners = new Map(isAsked ? rows.map(row => [row.querySelector("h3").textContent, row]) : []);
          const incidents = all(".incident"), hasNews = root => Boolean(root.querySelector(".incident:not([hidden])"));
          incidents.forEach(item => {
            const name = item.querySelector("h4 bdi").textContent, row = owners.get(name);
            const isMissing = wanted.length === 0 ? !name.toLowerCase().includes(text) : true;
            item.hidden = isAsked ? row?.hidden ?? isMissing : false;
          });
          all(".day").forEach(day => { day.hidden = !hasNews(day); });
          if (find("none")) find("none").hidden = hasNews(document);
          const groups = all(".group");
          if (isAsked) wasOpen = wasOpen ?? new Map(groups.map(group => [group, group.open]));
          groups.forEach(group => {
            group.hidden = isAsked ? !shown.has(group.querySelector(".rows").id) : false;
            if (isAsked) group.open = true; else if (wasOpen) group.open = wasOpen.get(group);
          });
          if (!isAsked) wasOpen = null;
          if (find("attention")) find("attention").hidden = !shown.has("worst");
          if (find("found")) find("found").textContent = isAsked ? found + " of " + rows.length : "";
          all(".counts a").forEach(link => {
            const state = new URLSearchParams(link.search).get("state");
            link.ariaCurrent = wanted.includes(states[state] ?? state) ? "true" : null;
          });
          if (isWall) fit(rows.filter(row => !row.hidden));
        };
        const ask = (changes, isStep) => {
          const query = asked();
          Object.entries(changes).forEach(([key, value]) => { if (value) query.set(key, value); else query.delete(key); });
          const text = query.toString(), address = location.pathname + (text ? "?" + text : "");
          if (isStep) history.pushState(null, "", address); else history.replaceState(null, "", address);
          show();
        };
        const restore = () => {
          if (words) words.value = asked().get("q") ?? "";
          if (find("filter")) find("filter").hidden = !(all(".row").length > 12 || words.value);
          show();
        };
        window.addEventListener("popstate", restore);
        words?.addEventListener("input", () => ask({q: words.value}, words.value.length === 1 ? !asked().get("q") : false));
        document.addEventListener("click", event => {
          const link = event.target.closest?.(".counts a");
          if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          const state = new URLSearchParams(link.search).get("state");
          ask({state: link.ariaCurrent ? "" : state}, true);
        });

        // What somebody says about a service: acknowledged, silenced, noted.
        const act = async (what, name) => {
          const path = "api/health/", service = encodeURIComponent(name), body = {}, [verb, minutes] = what.split(" ");
          let method = verb.startsWith("un") ? "DELETE" : "POST", address = path + "silence/" + service;
          if (["ack", "silence", "note"].includes(verb)) {
            const note = window.prompt(verb === "note" ? "Note on " + name : "Note, if you want to leave one");
            if (note === null || (verb === "note" ? !note.trim() : false)) return;
            if (note.trim()) body.note = note.trim();
          }
          if (minutes) body.minutes = Number(minutes);
          if (verb.endsWith("note")) address = path + "services/" + service + "/note";
          if (verb.endsWith("ack")) {
            const query = new URLSearchParams({status: "active", service: name, limit: 1});
            const answer = await fetch(path + "alerts?" + query), alerts = (await answer.json()).alerts ?? [];
            if (!alerts.length) throw new Error("the alert is over");
            address = path + "alerts/" + alerts[0].id + "/ack";
          }
          const answer = await fetch(address, {method, headers: {"Content-Type": "application/json"},
            body: method === "POST" ? JSON.stringify(body) : undefined});
          if (!answer.ok) throw new Error((await answer.json()).error ?? answer.status);
        };
        document.addEventListener("click", async event => {
          const button = event.target.closest?.("[data-do]");
          if (!button) return;
          const row = button.closest(".row"), details = row.querySelector("details");
          button.disabled = true;
          try {
            await act(button.dataset.do, row.querySelector("h3").textContent);
            loads.delete(details);
            if (details.open) load(details);
          } catch (error) { window.alert("This was not kept: " + error.message); }
          button.disabled = false;
        });
        const enable = root => all("[data-do]", root).forEach(button => {
          button.hidden = false;
          const name = button.closest(".row")?.querySelector("h3")?.textContent;
          if (name) button.ariaLabel = button.textContent + ": " + name;
        });

        // A tile too small for all it says leaves out a whole part rather than half a line: see the style of the wall.
        const tighten = rows => {
          rows.forEach(row => { delete row.dataset.fit; });
          let tight = rows;
          ["1", "2", "3", "4"].forEach(step => {
            tight = tight.filter(row => row.scrollHeight > row.clientHeight);
            tight.forEach(row => { row.dataset.fit = step; });
          });
        };
        // The largest tiles that need no scrolling; trouble gets four places each, if they suffice.
        const fit = rows => {
          const list = find("tiles"), worst = rows.filter(row => row.dataset.a).length, rest = rows.length - worst;
          const width = list.clientWidth, height = window.innerHeight - list.getBoundingClientRect().top - window.scrollY - 16;
          const plan = span => {
            let best = null;
            for (let columns = span; columns !== 41; columns += 1) {
              const band = worst ? Math.ceil(worst / Math.floor(columns / span)) * span : 0;
              const lines = band + Math.ceil(Math.max(0, rest - (band * columns - worst * span * span)) / columns);
              const tile = {span, columns, lines: Math.max(1, lines), w: width / columns, h: height / Math.max(1, lines)};
              tile.score = Math.min(tile.w / 1.9, tile.h);
              if (!best || tile.score > best.score) best = tile;
            }
            return best;
          };
          const plans = (worst ? (rest ? [3, 2, 1] : [1]) : [1]).map(plan);
          const least = {1: 62, 2: 72, 3: 105}, columns = Math.max(2, Math.floor(width / 215));
          // Too many to be read at once: they scroll.
          const tile = plans.find(plan => plan.score >= least[plan.span]) ?? {span: 2, columns, h: 116, score: 100};
          list.style.gridTemplateColumns = "repeat(" + tile.columns + ",minmax(0,1fr))";
          list.style.gridAutoRows = Math.floor(tile.h) - 10 + "px";
          list.style.setProperty("--tile", Math.min(340, tile.score) + "px");
          list.style.setProperty("--span", tile.span);
          list.dataset.span = tile.span;
          tighten(rows);
        };
        if (isWall) window.addEventListener("resize", show);

        """
}
