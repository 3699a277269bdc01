import KeepAlivePlatform

/// The time zone database of this machine: `/usr/share/zoneinfo/Europe/Berlin` in the format TZif (RFC 9636).
enum ZoneFile {
    private static let folders = ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/var/db/timezone/zoneinfo"]
    private static let most = 1 << 20

    /// The zone of this name; nil if the machine does not know it.
    static func zone(named name: String) -> Zone? {
        if ["UTC", "Etc/UTC", "GMT", "Z"].contains(name) { return .utc }
        let isSafe = name.utf8.allSatisfy { ASCIIName.isPart($0) || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "+") }
        guard isSafe, let first = name.first, first != "/", name.utf8.count <= 100 else { return nil }
        for folder in folders {
            let path = "\(folder)/\(name)"
            guard (try? FileStatus(of: path))?.isRegular == true, let bytes = try? read(path) else { continue }
            return zone(named: name, bytes)
        }
        return nil
    }

    private static func read(_ path: String) throws(Errno) -> [UInt8] {
        try FileDescriptor.open(path, flags: O_RDONLY | O_NONBLOCK).readAll(limit: most)
    }

    /// Reads a file's bytes; nil if they are damaged. Pure.
    static func zone(named name: String, _ bytes: [UInt8]) -> Zone? {
        guard let head = Head(bytes, at: 0) else { return nil }
        // Version 1 has times of 4 bytes only; later ones repeat everything with 8.
        guard head.version >= UInt8(ascii: "2") else { return zone(named: name, bytes, head, width: 4, rule: nil) }
        guard let second = Head(bytes, at: head.end(width: 4)) else { return nil }
        let end = second.end(width: 8)
        guard end < bytes.count, bytes[end] == 0x0A, let last = bytes[(end + 1)...].firstIndex(of: 0x0A) else {
            return nil
        }
        let text = String(decoding: bytes[(end + 1)..<last], as: UTF8.self)
        let rule = ZoneRule(text)
        guard rule != nil || text.isEmpty else { return nil }
        return zone(named: name, bytes, second, width: 8, rule: rule)
    }

    private static func zone(
        named name: String, _ bytes: [UInt8], _ head: Head, width: Int, rule: ZoneRule?
    ) -> Zone? {
        let indices = head.start + head.times * width
        let types = indices + head.times
        guard head.types > 0, head.end(width: width) <= bytes.count else { return nil }
        func offset(_ type: Int) -> Int { Int(Int32(truncatingIfNeeded: integer(bytes, types + type * 6, 4))) }
        var changes: [Zone.Change] = []
        for index in 0..<head.times {
            let type = Int(bytes[indices + index])
            guard type < head.types else { return nil }
            let bits = integer(bytes, head.start + index * width, width)
            let time = width == 8 ? bits : Int64(Int32(truncatingIfNeeded: bits))
            changes.append(.init(time: time, offset: offset(type)))
        }
        guard (0..<head.types).allSatisfy({ abs(offset($0)) <= 93_600 }),
            zip(changes, changes.dropFirst()).allSatisfy({ $0.time < $1.time })
        else { return nil }
        return Zone(name: name, changes: changes, first: offset(0), rule: rule)
    }

    /// A head of the file: 44 bytes.
    private struct Head {
        let version: UInt8
        /// Where its data begin.
        let start: Int
        let times: Int
        let types: Int
        private let rest: (universal: Int, standard: Int, leaps: Int, characters: Int)

        init?(_ bytes: [UInt8], at place: Int) {
            guard place + 44 <= bytes.count, bytes[place..<place + 4].elementsEqual("TZif".utf8) else { return nil }
            version = bytes[place + 4]
            start = place + 44
            // Each below 4 billion, so that their sums cannot overflow.
            let counts = (0..<6).map { Int(ZoneFile.integer(bytes, place + 20 + $0 * 4, 4)) }
            rest = (counts[0], counts[1], counts[2], counts[5])
            (times, types) = (counts[3], counts[4])
        }

        func end(width: Int) -> Int {
            let leaps = rest.leaps * (width + 4)
            return start + times * (width + 1) + types * 6 + rest.characters + leaps + rest.standard + rest.universal
        }
    }

    private static func integer(_ bytes: [UInt8], _ place: Int, _ count: Int) -> Int64 {
        bytes[place..<place + count].reduce(0) { $0 << 8 | Int64($1) }
    }
}
