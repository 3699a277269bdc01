import KeepAlivePlatform

/// The page for people at `/`: one file without outside assets. It shows the bot's state in letters large enough to
/// read across a room, then the reasons and the figures.
///
/// It is complete without JavaScript. With it, the page fetches itself every two seconds and copies the changes, so
/// everything shown is written once, here. Its addresses are relative: behind a proxy it may have any path.
struct StatusPage {
    let name: String
    let version: String
    let report: HealthReport
    let time: WallTime

    var state: PageState { PageState(report) }
    var title: String { "\(state.rawValue) – \(name)" }

    func append(to body: inout [UInt8], _ response: inout HTTPResponse) {
        // A separate nonce for each answer lets the policy forbid every other script.
        var random = SystemRandomNumberGenerator()
        let nonce = String(random.next(), radix: 16) + String(random.next(), radix: 16)
        response.contentType = "text/html; charset=utf-8"
        response.extraFields.append(
            contentsOf: """
                Content-Security-Policy: default-src 'none'; style-src 'nonce-\(nonce)'; script-src 'nonce-\(nonce)'; \
                img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r
                X-Content-Type-Options: nosniff\r
                Referrer-Policy: no-referrer\r
                Cross-Origin-Resource-Policy: same-origin\r
                Vary: Accept\r

                """.utf8)
        body.append(contentsOf: document(nonce).text.utf8)
    }

    private func document(_ nonce: String) -> Markup {
        """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(title)</title>
        <link id="icon" rel="icon" href="\(state.icon)" data-lost="\(PageState.lost.icon)">
        <noscript><meta http-equiv="refresh" content="30"></noscript>
        <style nonce="\(nonce)">\(PageStyle.sheet)</style>
        </head>
        <body>
        <header>
        <h1 dir="auto" title="\(name)">\(name)</h1>
        <p class="quiet"><bdi>\(version)</bdi></p>
        <p id="pulse"></p>
        </header>
        <main>
        <p id="said" class="hidden" role="status"></p>
        <!--live-->
        \(live)
        <!--live-->
        </main>
        <footer class="quiet">
        <noscript><p>Without JavaScript this page renews itself every 30 seconds.</p></noscript>
        <nav aria-label="For programs"><a href="health">health</a> <a href="metrics">metrics</a> \
        <a href="livez">livez</a> <a href="readyz">readyz</a></nav>
        <p>KeepAliveKit \(kitVersion)</p>
        </footer>
        <script nonce="\(nonce)">\(PageScript.text)</script>
        </body>
        </html>

        """
    }
}
