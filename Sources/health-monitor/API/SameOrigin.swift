import KeepAliveKit

/// Whether a request that changes something may have been made by another site's page, which sends a browser's cookies
/// along (CSRF). Pure.
enum SameOrigin {
    static func isForeign(_ request: HTTPRequest, _ bytes: Span<UInt8>) -> Bool {
        isForeign(
            site: value("sec-fetch-site", request, bytes), origin: value("origin", request, bytes),
            hosts: ["host", "x-forwarded-host"].compactMap { value($0, request, bytes) }.flatMap(values))
    }

    /// Whether the page of another site asks, which could learn something from the answer, by its size if by nothing else; a
    /// person that a link of that page has led here is no such page.
    static func isForeignView(_ request: HTTPRequest, _ bytes: Span<UInt8>) -> Bool {
        if request.method.reads, value("sec-fetch-mode", request, bytes) == "navigate",
            value("sec-fetch-dest", request, bytes) == "document"
        {
            return false
        }
        if isForeign(request, bytes) { return true }
        // What came before those fields says at least which page it is on.
        guard value("sec-fetch-site", request, bytes) == nil, let page = value("referer", request, bytes),
            let host = value("host", request, bytes)
        else { return false }
        return !page.hasPrefix("http://\(host)/") && !page.hasPrefix("https://\(host)/")
    }

    /// The items of a list, as a chain of proxies makes one of a field.
    static func values(_ list: String) -> [String] {
        list.lowercased().split(separator: ",").map { item in
            String(item.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" })
        }
    }

    /// Browsers say where a request comes from: by Sec-Fetch-Site over HTTPS and on this machine, else by Origin. A program
    /// says neither, and has no cookies that somebody else could use.
    static func isForeign(site: String?, origin: String?, hosts: [String]) -> Bool {
        if let site { return site != "same-origin" && site != "none" }
        guard let origin else { return false }
        return !hosts.contains { origin == "http://\($0)" || origin == "https://\($0)" }
    }

    private static func value(_ name: StaticString, _ request: HTTPRequest, _ bytes: Span<UInt8>) -> String? {
        let fields = request.fields(name, in: bytes)
        guard !fields.isEmpty else { return nil }
        // Of a field that stands twice nobody can say which one is meant: it is nobody's.
        return fields.count == 1 ? String(decoding: [UInt8](bytes, fields[0]), as: UTF8.self).lowercased() : "?"
    }
}
