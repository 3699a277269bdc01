/// The committed pages of a write-ahead log ("WAL-mode File Format"). SQLite itself would create an index beside it.
///
/// Only the salts identify valid frames: a restarted log has others.
struct WriteAheadLog {
    let pageSize: Int
    /// The size of the database after the last commit, in pages.
    let pageCount: Int
    /// The place of each page's latest content in the log.
    private let places: [UInt32: Int]
    private let start: [UInt8]

    /// Nil if it holds no commit.
    init?(_ log: borrowing Bytes) {
        let head = log.read(at: 0, count: 32)
        let size = Int(head.bigEndian(at: 8))
        guard head.count == 32, head.starts(with: [0x37, 0x7F, 0x06]), (512...65_536).contains(size) else { return nil }
        let salts = head[16..<24]
        var committed: [UInt32: Int] = [:]
        var open: [UInt32: Int] = [:]
        var count = 0
        var place = 32
        while true {
            let frame = log.read(at: place, count: 24)
            guard frame.count == 24, frame[8..<16] == salts, place + 24 + size <= log.size else { break }
            open[frame.bigEndian(at: 0)] = place + 24
            if frame.bigEndian(at: 4) > 0 {
                count = Int(frame.bigEndian(at: 4))
                committed.merge(open) { $1 }
                open = [:]
            }
            place += 24 + size
        }
        guard count > 0 else { return nil }
        pageSize = size
        pageCount = count
        places = committed
        start = committed[1].map { log.read(at: $0, count: DatabaseHeader.length) } ?? []
    }

    /// The log of a database; nil if there is none, or it holds no commit.
    static func read(_ path: String) -> WriteAheadLog? {
        guard let bytes = try? Bytes(path + "-wal") else { return nil }
        return WriteAheadLog(bytes)
    }

    /// The database's header, if the log has its page.
    var header: DatabaseHeader? { DatabaseHeader(start) }

    /// The database with all commits applied; nil if that is more than `limit` bytes.
    func image(over file: borrowing Bytes, _ log: borrowing Bytes, limit: Int) -> [UInt8]? {
        guard pageCount <= limit / pageSize else { return nil }
        var image = file.read(at: 0, count: pageCount * pageSize)
        image += [UInt8](repeating: 0, count: pageCount * pageSize - image.count)
        for (number, place) in places where number >= 1 && number <= pageCount {
            let page = log.read(at: place, count: pageSize)
            let start = (Int(number) - 1) * pageSize
            guard page.count == pageSize else { return nil }
            image.replaceSubrange(start..<start + pageSize, with: page)
        }
        return image
    }
}
