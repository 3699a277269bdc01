import KeepAliveKit

/// Whether another site's page may have sent a request that changes something, with the browser's cookies (CSRF). Pure.
enum SameOrigin {
    static func isForeign(_ request: HTTPRequest, _ bytes: Span<UInt8>) -> Bool {
        isForeign(
            site: value("sec-fetch-site", request, bytes), origin: value("origin", request, bytes),
            hosts: ["host", "x-forwarded-host"].compactMap { value($0, request, bytes) }.flatMap(values))
    }

    /// Whether another site's page asks: it could learn something from the answer, if only from its size. A person who
    /// followed a link there does not count.
    static func isForeignView(_ request: HTTPRequest, _ bytes: Span<UInt8>) -> Bool {
        if request.method.reads, value("sec-fetch-mode", request, bytes) == "navigate",
            value("sec-fetch-dest", request, bytes) == "document"
        {
            return false
        }
        if isForeign(request, bytes) { return true }
        // Browsers older than those fields still send the address of the page.
        guard value("sec-fetch-site", request, bytes) == nil, let page = value("referer", request, bytes),
            let host = value("host", request, bytes)
        else { return false }
        return !page.hasPrefix("http://\(host)/") && !page.hasPrefix("https://\(host)/")
    }

    /// The items of a list: a chain of proxies turns one field into a list.
    static func values(_ list: String) -> [String] {
        list.lowercased().split(separator: ",").map { item in
            String(item.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" })
        }
    }

    /// Browsers report the origin of a request: in Sec-Fetch-Site over HTTPS and on this machine, otherwise in Origin.
    /// A program sends neither, and has no cookies to abuse.
    static func isForeign(site: String?, origin: String?, hosts: [String]) -> Bool {
        if let site { return site != "same-origin" && site != "none" }
        guard let origin else { return false }
        return !hosts.contains { origin == "http://\($0)" || origin == "https://\($0)" }
    }

    private static func value(_ name: StaticString, _ request: HTTPRequest, _ bytes: Span<UInt8>) -> String? {
        let fields = request.fields(name, in: bytes)
        guard !fields.isEmpty else { return nil }
        // A repeated field is ambiguous, so it matches nothing.
        return fields.count == 1 ? String(decoding: [UInt8](bytes, fields[0]), as: UTF8.self).lowercased() : "?"
    }
}
