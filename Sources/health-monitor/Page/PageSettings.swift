import KeepAliveKit
import KeepAlivePlatform

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The section `page`: how the status page presents itself.
struct PageSettings: ConfigurationPart, Equatable {
    static let key = "page"

    var title = "health-monitor"
    /// A picture as an address that holds it, because the page is one file without outside assets.
    var logo: String?
    /// Where the title leads.
    var link: String?
    var announcements: [Announcement] = []

    /// A larger picture would make each page slow on a phone.
    private static let mostLogo = 65_536

    init() {}

    init(reading section: ConfigurationSection) {
        title = section.string("title", default: title)
        if title.count > 80 { section.refuse("title", "\(title.count) characters are too long: give at most 80") }
        if let text = section.optionalString("link") {
            if let url = URL(string: text), ["http", "https"].contains(url.scheme?.lowercased()), url.host() != nil {
                link = text
            } else {
                section.refuse(
                    "link", "\"\(text.prefix(60))\" is not a web address: give e.g. \"https://example.com/\"")
            }
        }
        if let path = section.optionalString("logo") { logo = Self.picture(path, section) }
        announcements = section.sections("announcements").compactMap(Announcement.init)
    }

    private static func picture(_ path: String, _ section: ConfigurationSection) -> String? {
        do throws(Errno) {
            let bytes = try FileDescriptor.open(path, flags: O_RDONLY | O_NONBLOCK).readAll(limit: mostLogo + 1)
            if bytes.count > mostLogo {
                section.refuse("logo", "\(path) is larger than 64 KiB: give a smaller picture")
            } else if let type = type(of: bytes) {
                return "data:\(type);base64,\(Data(bytes).base64EncodedString())"
            } else {
                section.refuse(
                    "logo", "\(path) is no picture that browsers show: give a PNG, JPEG, WebP, GIF or SVG file")
            }
        } catch {
            section.refuse("logo", "\(path) cannot be read: \(error.message); give a picture's path")
        }
        return nil
    }

    /// By its first bytes, because a wrong name would show a broken picture.
    private static func type(of bytes: [UInt8]) -> String? {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) { return "image/png" }
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
        if bytes.starts(with: Array("GIF8".utf8)) { return "image/gif" }
        if bytes.starts(with: Array("RIFF".utf8)), bytes.dropFirst(8).starts(with: Array("WEBP".utf8)) {
            return "image/webp"
        }
        let head = String(decoding: bytes.prefix(1024), as: UTF8.self)
        return head.contains("<svg") ? "image/svg+xml" : nil
    }
}

/// A notice for everybody who opens the page, such as a planned outage.
struct Announcement: Sendable, Equatable {
    enum Level: String, Sendable, CaseIterable {
        case info, warning, critical
    }

    let text: String
    var level = Level.info
    /// When it is shown; always without them.
    var from: Date?
    var until: Date?

    func isShown(at time: WallTime) -> Bool {
        let now = Date(timeIntervalSince1970: Double(time.microseconds) / 1_000_000)
        return (from.map { $0 <= now } ?? true) && (until.map { now < $0 } ?? true)
    }
}

extension Announcement {
    init?(reading section: ConfigurationSection) {
        defer { section.finish() }
        text = section.string("text")
        if text.count > 500 { section.refuse("text", "\(text.count) characters are too long: give at most 500") }
        let word = section.choice("level", Level.allCases.map(\.rawValue), default: level.rawValue)
        level = Level(rawValue: word) ?? .info
        from = section.optionalString("from").flatMap { MaintenanceWindow.date($0, "from", section) }
        until = section.optionalString("until").flatMap { MaintenanceWindow.date($0, "until", section) }
        if let from, let until, until <= from { section.refuse("until", "it is not later than from") }
    }
}
