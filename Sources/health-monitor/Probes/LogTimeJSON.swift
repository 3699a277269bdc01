import KeepAliveKit
import KeepAlivePlatform

/// Finds the time in a JSON log line by loggers' usual names. Pure. It searches without parsing, because the line may
/// be long or truncated.
enum LogTimeJSON {
    private static let mostBytes = 16 * 1024
    /// In order of preference: a service's message may contain a `date` of its own.
    private static let keys = [
        "@timestamp", "timestamp", "time", "ts", "@t", "t", "datetime", "asctime", "eventTime", "Timestamp", "date",
    ]

    static func read(_ line: ArraySlice<UInt8>, now: WallTime) -> WallTime? {
        let line = line.prefix(mostBytes)
        var found: [String: WallTime] = [:]
        var index = line.startIndex
        while let quote = line[index...].firstIndex(of: UInt8(ascii: "\"")) {
            guard let end = closingQuote(of: line[(quote + 1)...]) else { break }
            index = end + 1
            let name = line[(quote + 1)..<end]
            let rest = line[index...].drop(while: isBlank)
            guard rest.first == UInt8(ascii: ":"), name.count <= 12 else { continue }
            let key = String(decoding: name, as: UTF8.self)
            guard keys.contains(key), found[key] == nil else { continue }
            found[key] = value(rest.dropFirst().drop(while: isBlank), now, depth: 0)
        }
        return keys.lazy.compactMap { found[$0] }.first
    }

    private static func value(_ text: ArraySlice<UInt8>, _ now: WallTime, depth: Int) -> WallTime? {
        switch text.first {
        case UInt8(ascii: "\""):
            let words = text.dropFirst().prefix { $0 != UInt8(ascii: "\"") }.prefix(64)
            return LogTime.read(words, now: now) ?? number(words)
        // MongoDB's {"$date":…}.
        case UInt8(ascii: "{") where depth == 0:
            guard let colon = text.prefix(16).firstIndex(of: UInt8(ascii: ":")) else { return nil }
            return value(text[(colon + 1)...].drop(while: isBlank), now, depth: 1)
        default: return number(text)
        }
    }

    private static func number(_ text: ArraySlice<UInt8>) -> WallTime? {
        let digits = text.prefix { (0x30...0x39).contains($0) || ".eE+".utf8.contains($0) }.prefix(32)
        return Double(String(decoding: digits, as: UTF8.self)).flatMap { LogTime.epoch($0) }
    }

    private static func closingQuote(of text: ArraySlice<UInt8>) -> Int? {
        var isEscaped = false
        for index in text.indices {
            if isEscaped {
                isEscaped = false
            } else if text[index] == UInt8(ascii: "\\") {
                isEscaped = true
            } else if text[index] == UInt8(ascii: "\"") {
                return index
            }
        }
        return nil
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
