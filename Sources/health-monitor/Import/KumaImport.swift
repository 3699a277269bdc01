import KeepAliveKit

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What Uptime Kuma knows, from its backup or its database, as our configuration. Pure.
struct KumaImport {
    /// The rows by table.
    var monitors: [LooseObject] = []
    var notifications: [LooseObject] = []
    /// Pairs of a monitor and a notification.
    var monitorNotifications: [(monitor: Int, notification: Int)] = []
    /// The tags of a monitor, in words.
    var tags: [Int: [String]] = [:]
    /// The monitors that a published status page shows.
    var published: Set<Int> = []
    /// The sockets or addresses of Docker engines.
    var engines: [Int: String] = [:]
    var maintenance: [LooseObject] = []
    /// The monitors of a maintenance.
    var maintenanceMonitors: [Int: [Int]] = [:]
    var proxies = 0

    /// - Throws: `JSONValue.SyntaxError` if it is no backup.
    init(backup bytes: [UInt8]) throws(JSONValue.SyntaxError) {
        let root = LooseObject(try JSONValue(parsing: bytes))
        guard let root, root["monitorlist"] != nil else {
            throw JSONValue.SyntaxError(description: "it has no monitorList")
        }
        monitors = root.list("monitorlist").compactMap { LooseObject($0) }
        notifications = root.list("notificationlist").compactMap { LooseObject($0) }
        proxies = root.list("proxylist").count
        for monitor in monitors {
            guard let id = monitor.integer("id") else { continue }
            if case .object(let chosen)? = monitor["notificationidlist"] {
                for (key, value) in chosen where value.flag == true {
                    if let notification = Int(key) { monitorNotifications.append((id, notification)) }
                }
            }
            tags[id] = monitor.list("tags").compactMap { LooseObject($0) }.compactMap { $0.text("name") }
        }
    }

    init() {}

    /// The names of the targets by monitor, for the history.
    private(set) var names: [Int: String] = [:]

    mutating func convert(into file: inout ImportedFile) {
        let channels = convertChannels(into: &file)
        let byID = Dictionary(
            monitors.compactMap { row in row.integer("id").map { ($0, row) } }, uniquingKeysWith: { first, _ in first })
        for row in monitors {
            let id = row.integer("id") ?? -1
            let own = monitorNotifications.filter { $0.monitor == id }.compactMap { channels[$0.notification] }
            let monitor = KumaMonitor(
                row: row, name: row.text("name") ?? "monitor \(id)", group: group(of: row, byID),
                isPublic: published.contains(id),
                channels: Set(own) == Set(channels.values) ? nil : own.sorted(), socket: engine(of: row))
            lose(tags[id] ?? [], of: monitor, &file)
            if let engine = engine(of: row), !engine.hasPrefix("/"), row.text("type") == "docker" {
                file.lose("monitor \"\(monitor.name)\"", "its Docker engine at \(engine): only a local socket is there")
                continue
            }
            guard let entry = monitor.target(in: &file) else { continue }
            names[id] = entry.first { $0.key == "name" }?.value.text?.replacing("$$", with: "$")
            file.targets.append(entry)
        }
        for row in maintenance { convert(row, into: &file) }
        if proxies > 0 { file.lose("proxies", "checks connect directly") }
    }

    private func engine(of row: LooseObject) -> String? {
        guard let path = row.integer("dockerhost").flatMap({ engines[$0] }), path != "/var/run/docker.sock" else {
            return nil
        }
        return path
    }

    /// The names of the groups around it, or its first tag.
    private func group(of row: LooseObject, _ all: [Int: LooseObject]) -> String? {
        var path: [String] = []
        var next = row.integer("parent")
        // A file may name a group as its own parent.
        while let id = next, let parent = all[id], path.count < 10 {
            path.insert(parent.text("name") ?? "group \(id)", at: 0)
            next = parent.integer("parent")
        }
        return path.isEmpty ? row.integer("id").flatMap { tags[$0]?.first } : path.joined(separator: " / ")
    }

    private func lose(_ tags: [String], of monitor: KumaMonitor, _ file: inout ImportedFile) {
        let rest = tags.filter { $0 != monitor.group }
        guard !rest.isEmpty else { return }
        file.lose("monitor \"\(monitor.name)\"", "its tags \(rest.joined(separator: ", ")): a target has one group")
    }

    // MARK: Channels

    /// The names of the channels by notification.
    private func convertChannels(into file: inout ImportedFile) -> [Int: String] {
        var names: [Int: String] = [:]
        for row in notifications {
            let name = row.text("name") ?? "notification"
            guard let config = Self.settings(of: row), let type = config.text("type") else {
                file.lose("notification \"\(name)\"", "its settings cannot be read")
                continue
            }
            if row["active"] != nil, !row.flag("active") {
                file.lose("notification \"\(name)\"", "it is switched off")
                continue
            }
            guard let own = KumaChannel(name: name, type: type, settings: config).entry(in: &file) else { continue }
            var unique = name.replacing("$", with: "$$")
            var count = 2
            while names.values.contains(unique) {
                unique = "\(name.replacing("$", with: "$$")) (\(count))"
                count += 1
            }
            file.channels.append([("name", .string(unique))] + own)
            if let id = row.integer("id") { names[id] = unique }
        }
        return names
    }

    private static func settings(of row: LooseObject) -> LooseObject? {
        if let text = row["config"]?.text { return LooseObject(try? JSONValue(parsing: Array(text.utf8))) }
        return LooseObject(row["config"])
    }

    // MARK: Maintenance

    private func convert(_ row: LooseObject, into file: inout ImportedFile) {
        let title = row.text("title") ?? "maintenance"
        func lose(_ why: String) { file.lose("maintenance \"\(title)\"", why) }
        if row["active"] != nil, !row.flag("active") { return lose("it is switched off") }
        // The server's own zone is not in the file.
        let zone = row.text("timezone").flatMap { $0.lowercased() == "same_as_server" ? nil : $0 } ?? "UTC"
        if row.text("timezone")?.lowercased() == "same_as_server" {
            lose("its times count as UTC: the file does not name the server's time zone")
        }
        guard TimeZone(identifier: zone) != nil else { return lose("the time zone \(zone.prefix(40)) is unknown") }
        var recurring: [String: JSONValue] = zone == "UTC" ? [:] : ["timeZone": .string(zone)]
        let window: JSONValue
        switch row.text("strategy") ?? "" {
        case "single":
            guard let from = Self.stamp(row.text("startdate"), zone), let to = Self.stamp(row.text("enddate"), zone),
                from < to
            else {
                return lose("its dates or its time zone \(zone) are not understood")
            }
            window = .object(["from": .string(from), "to": .string(to)])
        case "recurring-weekday":
            let days = row.list("weekdays").compactMap(\.integer).compactMap { day in
                // 1 is Monday; 0 and 7 are Sunday.
                ["sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun"].indices.contains(day)
                    ? ["sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun"][day] : nil
            }
            guard let from = Self.clock(row.text("starttime")), let to = Self.clock(row.text("endtime")), from != to,
                !days.isEmpty
            else { return lose("its days or times are not understood") }
            recurring["days"] = .array(days.map { .string($0) })
            window = .object(recurring.merging(["from": .string(from), "to": .string(to)]) { $1 })
        case "recurring-interval" where row.integer("intervalday") == 1:
            guard let from = Self.clock(row.text("starttime")), let to = Self.clock(row.text("endtime")), from != to
            else {
                return lose("its times are not understood")
            }
            window = .object(recurring.merging(["from": .string(from), "to": .string(to)]) { $1 })
        case let strategy: return lose("the strategy \"\(strategy)\" is not carried over: write the window anew")
        }
        place(window, row, title, &file)
    }

    private func place(_ window: JSONValue, _ row: LooseObject, _ title: String, _ file: inout ImportedFile) {
        let targets = (row.integer("id").flatMap { maintenanceMonitors[$0] } ?? []).compactMap { names[$0] }
        if targets.isEmpty { return file.lose("maintenance \"\(title)\"", "it names no monitor that was carried over") }
        for index in file.targets.indices {
            guard let name = file.targets[index].first(where: { $0.key == "name" })?.value.text,
                targets.contains(name.replacing("$$", with: "$"))
            else { continue }
            if let place = file.targets[index].firstIndex(where: { $0.key == "maintenance" }) {
                let windows = (file.targets[index][place].value.elements ?? []) + [window]
                file.targets[index][place].value = .array(windows)
            } else {
                file.targets[index].append(("maintenance", .array([window])))
            }
        }
    }

    /// `2026-01-19 22:00:00` in a zone, as ISO 8601 in UTC.
    private static func stamp(_ text: String?, _ zone: String) -> String? {
        guard let match = text?.firstMatch(of: /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d)/),
            let zone = TimeZone(identifier: zone),
            let year = Int(match.1), let month = Int(match.2), let day = Int(match.3), let hour = Int(match.4),
            let minute = Int(match.5)
        else { return nil }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        let parts = DateComponents(year: year, month: month, day: day, hour: hour, minute: minute)
        return calendar.date(from: parts)?.formatted(.iso8601)
    }

    /// `03:00` of `03:00:00`.
    private static func clock(_ text: String?) -> String? {
        text?.firstMatch(of: /^([01]\d|2[0-3]):[0-5]\d/).map { String($0.0) }
    }
}
