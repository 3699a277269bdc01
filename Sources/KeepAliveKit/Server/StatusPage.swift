/// The page a person sees at `/`: one file without outside assets, which asks `/health` every two seconds.
///
/// It can be read without JavaScript too: the figures of the moment are in it.
enum StatusPage {
    static func append(
        name: String, version: String, report: HealthReport, to body: inout [UInt8], _ response: inout HTTPResponse
    ) {
        // A nonce of its own for each answer lets the policy forbid every other script.
        var random = SystemRandomNumberGenerator()
        let nonce = String(random.next(), radix: 16) + String(random.next(), radix: 16)
        response.contentType = "text/html; charset=utf-8"
        response.extraFields.append(
            contentsOf: """
                Content-Security-Policy: default-src 'none'; style-src 'nonce-\(nonce)'; script-src 'nonce-\(nonce)'; \
                connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r
                X-Content-Type-Options: nosniff\r
                Referrer-Policy: no-referrer\r

                """.utf8)
        let title = escaped(name)
        let reasons = report.reasons.map { "<li>\(escaped($0))</li>" }.joined()
        body.append(
            contentsOf: """
                <!doctype html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <meta name="color-scheme" content="light dark">
                <title>\(title): \(report.status.rawValue)</title>
                <style nonce="\(nonce)">\(style)</style>
                </head>
                <body>
                <main>
                <h1>\(title) <small>\(escaped(version))</small></h1>
                <p id="status" role="status" class="\(report.status.rawValue)">\(report.status.rawValue)</p>
                <ul id="reasons">\(reasons)</ul>
                <dl>
                <dt>Up for</dt><dd id="uptime">\(seconds(report.uptime))</dd>
                <dt>Updates</dt><dd id="updates">\(report.totalUpdates)</dd>
                <dt>Errors</dt><dd id="errors">\(report.totalErrors)</dd>
                <dt>Last update</dt><dd id="last">\(seconds(report.lastUpdateAgo)) ago</dd>
                <dt>Restarts</dt><dd id="restarts">\(report.restarts)</dd>
                </dl>
                <p><a href="/health">/health</a></p>
                </main>
                <script nonce="\(nonce)">\(script)</script>
                </body>
                </html>

                """.utf8)
    }

    private static func seconds(_ duration: Duration) -> String {
        "\(duration.components.seconds) s"
    }

    /// Text made harmless inside an element or a quoted attribute.
    static func escaped(_ text: String) -> String {
        var safe = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": safe += "&amp;"
            case "<": safe += "&lt;"
            case ">": safe += "&gt;"
            case "\"": safe += "&quot;"
            case "'": safe += "&#39;"
            default: safe.unicodeScalars.append(character)
            }
        }
        return safe
    }

    private static let style = """
        :root{font:1.1rem/1.5 system-ui,sans-serif}
        main{max-width:36rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}
        small{font-weight:400;opacity:.75}
        #status{font-size:2.5rem;font-weight:700;margin:.5rem 0;padding:.5rem 1rem;border-radius:.5rem;color:#fff}
        .healthy{background:#146c2e}.degraded{background:#7a5200}.unhealthy{background:#a8201a}.unreachable{background:#444}
        dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1.5rem}
        dt{opacity:.75}dd{margin:0;font-variant-numeric:tabular-nums}
        """

    private static let script = """
        const put=(id,text)=>{const e=document.getElementById(id);if(e.textContent!==text)e.textContent=text};
        const time=s=>{s=Math.floor(s);const d=Math.floor(s/86400),h=Math.floor(s/3600)%24,m=Math.floor(s/60)%60;
        return (d?d+" d ":"")+(d||h?h+" h ":"")+(d||h||m?m+" min ":"")+s%60+" s"};
        const show=(status,reasons)=>{const e=document.getElementById("status");e.className=status;put("status",status);
        const list=document.getElementById("reasons"),text=reasons.join("\\n");
        if(list.dataset.text!==text){list.dataset.text=text;list.replaceChildren(...reasons.map(r=>{
        const li=document.createElement("li");li.textContent=r;return li}))}};
        const look=async()=>{try{const r=await fetch("/health",{headers:{Accept:"application/json"}}),h=await r.json();
        show(h.status,h.reasons);put("uptime",time(h.uptime_seconds));put("updates",String(h.total_updates));
        put("errors",String(h.total_errors));put("last",time(h.last_update_ago)+" ago");put("restarts",String(h.restarts));
        }catch{show("unreachable",["The bot's process does not answer."])}
        setTimeout(look,2000)};look();
        """
}
