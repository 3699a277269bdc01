import KeepAliveCurl
import KeepAliveKit

/// Which parts of a request follow a redirect (RFC 9110, section 15.4). Pure.
enum RedirectRule {
    /// The statuses with another address to ask; 300, 304 and 305 count as answers.
    private static let followed: Set<Int> = [301, 302, 303, 307, 308]

    /// The target of the redirect, as written in the answer; nil without one.
    static func location(of response: HTTPClientResponse) -> String? {
        guard followed.contains(response.status), let location = response.header("Location"), !location.isEmpty else {
            return nil
        }
        return location
    }

    /// Changes the request into its successor after an answer of this status.
    ///
    /// - To an equal scheme, host and port everything goes along.
    /// - To that host with another scheme, credentials stay behind; if unencrypted, also headers named like keys.
    /// - To any other place, neither headers nor the body go along: they may hold a key.
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
