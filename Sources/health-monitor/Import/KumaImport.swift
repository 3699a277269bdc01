import KeepAliveKit

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
    /// The time zone of its settings.
    var serverZone: String?
    var pages: [LooseObject] = []
    var incidents: [LooseObject] = []

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
            var monitor = KumaMonitor(
                row: row, name: row.text("name") ?? "monitor \(id)", group: group(of: row, byID),
                isPublic: published.contains(id),
                channels: Set(own) == Set(channels.values) ? nil : own.sorted(), socket: engine(of: row))
            monitor.groupChannels = own.sorted()
            monitor.pausedGroup = groups(of: row, byID).last { $0["active"] != nil && !$0.flag("active") }?.text("name")
            lose(tags[id] ?? [], of: monitor, &file)
            if let engine = engine(of: row), !engine.hasPrefix("/"), row.text("type") == "docker" {
                file.lose("monitor \"\(monitor.name)\"", "its Docker engine at \(engine): only a local socket is there")
                continue
            }
            guard let entry = monitor.target(in: &file) else { continue }
            names[id] = entry.first { $0.key == "name" }?.value.text.map(VariableText.plain)
            file.targets.append(entry)
        }
        for row in maintenance {
            let ids = row.integer("id").flatMap { maintenanceMonitors[$0] } ?? []
            KumaMaintenance(row: row, serverZone: serverZone).place(on: ids.compactMap { names[$0] }, in: &file)
        }
        convertPages(into: &file)
        if proxies > 0 { file.lose("proxies", "checks connect directly") }
    }

    /// There is one page here: it gets the title of their first one.
    private func convertPages(into file: inout ImportedFile) {
        for (index, row) in pages.enumerated() {
            let title = row.text("title") ?? row.text("slug") ?? "status page"
            let what = "status page \"\(title)\""
            guard index == 0 else {
                file.lose(what, "there is one page here, which has the first one's title")
                continue
            }
            file.settings.append(
                ("page", .object(["title": ImportedFile.literal(file.shortened(title, to: 80, of: what))])))
            row.skip(
                "id", "slug", "published", "searchengineindex", "createddate", "modifieddate", "showtags",
                "showpoweredby",
                "theme", "autorefreshinterval")
            file.loseRest(
                of: row, what, reasons: ["description": "the page has a title only"],
                except: { $0 == "icon" && $1.text == "/icon.svg" })
        }
        for row in incidents where row["active"] == nil || row.flag("active") {
            file.lose("incident \"\(row.text("title") ?? "")\"", "page.announcements shows such a text: write it anew")
        }
    }

    private func engine(of row: LooseObject) -> String? {
        guard let path = row.integer("dockerhost").flatMap({ engines[$0] }), path != "/var/run/docker.sock" else {
            return nil
        }
        return path
    }

    /// The names of the groups around it, or its first tag.
    private func group(of row: LooseObject, _ all: [Int: LooseObject]) -> String? {
        let path = groups(of: row, all).map { $0.text("name") ?? "group \($0.integer("id") ?? -1)" }
        return path.isEmpty ? row.integer("id").flatMap { tags[$0]?.first } : path.joined(separator: " / ")
    }

    /// The groups around it, the outermost first.
    private func groups(of row: LooseObject, _ all: [Int: LooseObject]) -> [LooseObject] {
        var path: [LooseObject] = []
        var next = row.integer("parent")
        // A file may name a group as its own parent.
        var seen = Set([row.integer("id")])
        while let id = next, let parent = all[id], seen.insert(id).inserted {
            path.insert(parent, at: 0)
            next = parent.integer("parent")
        }
        return path
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
            let plain = VariableText.literal(name.singleLine)
            var unique = plain
            var count = 2
            while names.values.contains(unique) {
                unique = "\(plain) (\(count))"
                count += 1
            }
            if unique != plain {
                file.lose("notification \"\(name)\"", "another one has its name, so it is \"\(unique)\"")
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
}
