import KeepAliveKit
import KeepAlivePlatform

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// An alert as an e-mail: header and body of RFC 5322 and MIME. Pure.
struct EmailMessage: Sendable {
    let event: AlertEvent
    let key: String
    let from: String
    let to: [String]

    /// The message as sent to the server.
    var bytes: [UInt8] {
        let text = AlertText(event)
        // The Message-ID ends in the sender's domain, as its own servers make it; mail stores drop a second attempt
        // with that id.
        let domain = from.split(separator: "@").last.map(String.init) ?? "localhost"
        let urgency = event.severity == .critical && !event.kind.isEnd ? "[critical] " : ""
        var lines = [
            "From: health-monitor <\(from)>",
            "To: \(to.joined(separator: ",\r\n "))",
            "Subject: " + Self.encodedWords(urgency + text.summary(limit: 200)),
            "Date: \(Self.date(event.happenedAt))",
            "Message-ID: <\(key)@\(domain)>",
            // All events of one alert share it, so that mail programs group them.
            "References: <\(Digest.hexadecimal(event.alertKey))@\(domain)>",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: base64",
            "",
        ]
        let body = text.title + "\n\n" + text.plain + "\n"
        let encoded = Data(body.replacing("\n", with: "\r\n").utf8).base64EncodedString()
        var rest = encoded[...]
        // Lines have at most 76 characters (RFC 2045, section 6.8).
        while !rest.isEmpty {
            lines.append(String(rest.prefix(76)))
            rest = rest.dropFirst(76)
        }
        return Array((lines.joined(separator: "\r\n") + "\r\n").utf8)
    }

    private static func date(_ microseconds: Int64) -> String {
        var stamp = Timestamper()
        var bytes: [UInt8] = []
        stamp.appendHTTPDate(WallTime(microseconds: microseconds), to: &bytes)
        return String(decoding: bytes, as: UTF8.self).replacing("GMT", with: "+0000")
    }

    /// Any text as a header field's value: encoded words of at most 75 characters, each on its own line (RFC 2047,
    /// section 2).
    static func encodedWords(_ text: String) -> String {
        if text.utf8.count <= 60, text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }), !text.contains("=?") {
            return text
        }
        var words: [[UInt8]] = [[]]
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            // 45 bytes make 60 characters of base64; 36 leave room for the field's name. No character is split.
            if (words.last?.count ?? 0) + bytes.count > (words.count == 1 ? 36 : 45) { words.append([]) }
            words[words.count - 1] += bytes
        }
        return words.map { "=?utf-8?B?\(Data($0).base64EncodedString())?=" }.joined(separator: "\r\n ")
    }
}
