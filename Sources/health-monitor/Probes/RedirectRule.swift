import KeepAliveCurl
import KeepAliveKit

/// What goes along when an answer redirects (RFC 9110, section 15.4). Pure.
enum RedirectRule {
    /// The statuses that name another place to ask; 300, 304 and 305 are answers.
    private static let followed: Set<Int> = [301, 302, 303, 307, 308]

    /// Where the answer sends, as it says; nil for one that sends nowhere.
    static func location(of response: HTTPClientResponse) -> String? {
        guard followed.contains(response.status), let location = response.header("Location"), !location.isEmpty else {
            return nil
        }
        return location
    }

    /// Changes the request into the one that follows an answer of this status.
    ///
    /// - To the same scheme, host and port all goes along.
    /// - To the same host by another scheme credentials stay behind; where that is unencrypted, so do headers with the name of a key.
    /// - To any other place neither headers nor the body go along: they may hold a key.
    static func follow(_ request: inout HTTPClientRequest, from: Endpoint, to target: Endpoint, status: Int) {
        if from.host.lowercased() != target.host.lowercased()
            || from.scheme == target.scheme && from.port != target.port
        {
            request.headers = []
            request.body = nil
        } else if from.scheme != target.scheme {
            let credentials = ["authorization", "proxy-authorization", "cookie"]
            request.headers.removeAll {
                credentials.contains($0.name.lowercased())
                    || (target.scheme == "http" && SecretNames.isSecret($0.name.replacing("-", with: "_")))
            }
        }
        // Only 307 and 308 keep the method and the body.
        if status == 303 && request.method != "HEAD" || [301, 302].contains(status) && request.method == "POST" {
            request.method = "GET"
            request.body = nil
            request.headers.removeAll { $0.name.lowercased().hasPrefix("content-") }
        }
    }
}
