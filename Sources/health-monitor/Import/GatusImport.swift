import KeepAliveKit

/// A Gatus configuration, read as JSON, as ours. Pure.
struct GatusImport {
    let root: LooseObject
    private var channels: [String: String] = [:]
    /// Each provider's settings for its alerts.
    private var defaults: [String: LooseObject] = [:]

    private static let reasons = [
        "storage": "database names the history, which begins anew",
        "concurrency": "every target is checked at its own time",
    ]

    init(_ root: LooseObject) {
        self.root = root
    }

    mutating func convert(into file: inout ImportedFile) {
        convertAlerting(into: &file)
        for value in root.list("endpoints") {
            guard let row = LooseObject(value) else {
                file.lose("endpoints", "an element is no object")
                continue
            }
            add(row, isExternal: false, to: &file)
        }
        for value in root.list("externalendpoints") {
            guard let row = LooseObject(value) else {
                file.lose("external-endpoints", "an element is no object")
                continue
            }
            add(row, isExternal: true, to: &file)
        }
        if let row = LooseObject(root["maintenance"]) {
            file.maintenance += Self.windows(row, "maintenance", &file)
        }
        convertConnectivity(into: &file)
        convertPage(into: &file)
        root.skip("metrics")
        if root["security"] != nil {
            file.lose("security", "this section has no counterpart; api.key protects what strangers must not see")
        }
        for (key, spelling, _) in root.unread {
            file.lose(spelling.limited(to: 60), Self.reasons[key] ?? "this section has no counterpart")
        }
    }

    private func add(_ row: LooseObject, isExternal: Bool, to file: inout ImportedFile) {
        let name = row.text("name") ?? row.text("url") ?? "endpoint"
        if row["enabled"] != nil, !row.flag("enabled") {
            return file.lose("endpoint \"\(name)\"", "it is switched off")
        }
        let endpoint = GatusEndpoint(row: row, name: name)
        guard let own = isExternal ? endpoint.external(in: &file) : endpoint.entry(in: &file) else { return }
        let group = row.text("group")
        var entry: ImportedFile.Entry = [("name", .string(file.uniqueName(name, group: group)))]
        if let group { entry.append(("group", .string(group))) }
        entry += own + alerts(of: row, name, &file)
        let windows = row.list("maintenancewindows").compactMap { LooseObject($0) }
            .flatMap { Self.windows($0, "maintenance of endpoint \"\(name)\"", &file) }
        if !windows.isEmpty {
            entry.append(
                (
                    "maintenance",
                    .array(windows.map { .object(Dictionary($0.map { ($0.key, $0.value) }) { first, _ in first }) })
                ))
        }
        // A stranger sees every endpoint of Gatus.
        if root["security"] == nil { entry.append(("public", .bool(true))) }
        file.targets.append(entry)
    }

    /// Its channels and thresholds.
    private func alerts(of row: LooseObject, _ name: String, _ file: inout ImportedFile) -> ImportedFile.Entry {
        var entry: ImportedFile.Entry = []
        var own: [String] = []
        let all = row.list("alerts").compactMap { LooseObject($0) }
        let alerts = all.filter { isOn($0) }
        for alert in all where !isOn(alert) {
            file.lose("endpoint \"\(name)\"", "its alert to \(alert.text("type") ?? "nobody") is switched off")
        }
        for alert in alerts {
            guard let type = alert.text("type") else {
                file.lose("endpoint \"\(name)\"", "an alert has no type")
                continue
            }
            guard let channel = channels[type] else {
                file.lose("endpoint \"\(name)\"", "its alert to \(type), which is not carried over")
                continue
            }
            own.append(channel)
            if alert.flag("sendonresolved") == false, alert["sendonresolved"] != nil {
                file.lose("endpoint \"\(name)\"", "alerts.send-on-resolved: a recovery is always reported")
            }
            alert.skip("failurethreshold", "successthreshold")
            defer { file.loseRest(of: alert, "endpoint \"\(name)\"", path: "alerts.", reasons: Self.alertReasons) }
            if alert["provideroverride"] != nil {
                file.lose(
                    "endpoint \"\(name)\"", "the provider-override of its alert: a target chooses among whole channels")
            }
        }
        let what = "endpoint \"\(name)\""
        func threshold(_ key: String, _ words: String, _ usual: Int) -> JSONValue {
            let all = alerts.map { alert in
                alert.integer(key) ?? alert.text("type").flatMap { defaults[$0]?.integer(key) } ?? usual
            }
            let first = all.first ?? usual
            if all.contains(where: { $0 != first }) {
                file.lose(what, "the \(words)s of its alerts differ: a target has one, which is \(first)")
            }
            return .integer(Int64(file.bounded(first, 1...100, of: what, words)))
        }
        entry.append(("failureThreshold", threshold("failurethreshold", "failure-threshold", 3)))
        entry.append(("recoveryThreshold", threshold("successthreshold", "success-threshold", 2)))
        entry += [("retries", .integer(0)), ("channels", .array(own.map { .string($0) }))]
        return entry
    }

    /// Whether an alert is on: by itself, else by its provider's default alert.
    private func isOn(_ alert: LooseObject) -> Bool {
        let usual = alert.text("type").flatMap { defaults[$0] }
        guard let chosen = [alert, usual].compactMap({ $0 }).first(where: { $0["enabled"] != nil }) else { return true }
        return chosen.flag("enabled")
    }

    private static let alertReasons = [
        "minimumreminderinterval": "alertInterval of the file repeats every alert",
        "description": "an alert names the service and its reason",
    ]

    // MARK: Sections

    private mutating func convertAlerting(into file: inout ImportedFile) {
        guard let alerting = root["alerting"], case .object(let providers) = alerting else { return }
        for (type, value) in providers.sorted(by: { $0.key < $1.key }) {
            guard let row = LooseObject(value) else { continue }
            defaults[type] = LooseObject(row["defaultalert"])
            guard let channel = GatusChannel(type: type, row: row).entry(in: &file) else { continue }
            if row["overrides"] != nil {
                file.lose("alerting.\(type).overrides", "a group's own address needs a channel of its own")
            }
            if let usual = defaults[type] {
                if usual["sendonresolved"] != nil, !usual.flag("sendonresolved") {
                    file.lose("alerting.\(type).default-alert", "send-on-resolved: a recovery is always reported")
                }
                usual.skip("enabled", "failurethreshold", "successthreshold")
                file.loseRest(of: usual, "alerting.\(type).default-alert", reasons: Self.alertReasons)
            }
            file.loseRest(
                of: row, "alerting.\(type)",
                reasons: [
                    "client":
                        "client.insecure and the like: certificates are always verified; caFile names an authority"
                ])
            channels[type] = type
            file.channels.append([("name", .string(type))] + channel)
        }
    }

    private func convertConnectivity(into file: inout ImportedFile) {
        guard let checker = LooseObject(LooseObject(root["connectivity"])?["checker"]),
            let target = checker.text("target")
        else { return }
        file.loseRest(of: checker, "connectivity.checker")
        let parts = target.split(separator: ":")
        guard let host = parts.first, let port = parts.last.flatMap({ Int($0) }), parts.count == 2 else {
            return file.lose("connectivity", "\"\(target)\" is not HOST:PORT")
        }
        file.settings.append(("connectivity", .object(["host": .string(String(host)), "port": .integer(Int64(port))])))
    }

    private func convertPage(into file: inout ImportedFile) {
        var page: [String: JSONValue] = [:]
        if let ui = LooseObject(root["ui"]) {
            if let title = ui.peek("header")?.text ?? ui.peek("title")?.text, !title.isEmpty {
                ui.skip(ui.peek("header")?.text == nil ? "title" : "header")
                page["title"] = .string(file.shortened(title, to: 80, of: "ui.title"))
            }
            if ui.peek("link")?.text?.hasPrefix("http") == true, let link = ui.text("link") {
                page["link"] = .string(link)
            }
            file.loseRest(of: ui, "ui", reasons: ["title": "the page has one title, which is the header"])
        }
        let rows = root.list("announcements").compactMap { LooseObject($0) }
        var news: [JSONValue] = []
        for row in rows {
            guard let text = row.text("message"), !row.flag("archived") else { continue }
            let level = ["outage": "critical", "warning": "warning"][row.text("type") ?? ""] ?? "info"
            let own = file.shortened(text, to: 500, of: "announcement \"\(text.prefix(40))\"")
            news.append(.object(["text": .string(own), "level": .string(level)]))
        }
        if news.count < rows.count {
            file.lose("announcements", "\((rows.count - news.count).counted("text")), archived or empty")
        }
        for row in rows where !row.flag("archived") { file.loseRest(of: row, "announcements") }
        if !news.isEmpty { page["announcements"] = .array(news) }
        if !page.isEmpty { file.settings.append(("page", .object(page))) }
    }

    /// `{start: 23:00, duration: 1h, every: [Monday], timezone: UTC}`
    private static func windows(
        _ row: LooseObject, _ words: String, _ file: inout ImportedFile
    ) -> [ImportedFile.Entry] {
        if row["enabled"] != nil, !row.flag("enabled") {
            file.lose(words, "it is switched off")
            return []
        }
        defer { file.loseRest(of: row, words) }
        let zone = row.text("timezone") ?? "UTC"
        guard let match = row.text("start")?.wholeMatch(of: /(\d\d):(\d\d)/), let hour = Int(match.1),
            let minute = Int(match.2),
            let length = GatusEndpoint.seconds(row.text("duration") ?? ""), length >= 60, length <= 86_400, hour < 24,
            minute < 60
        else {
            file.lose(words, "its start or duration is not understood")
            return []
        }
        if length.truncatingRemainder(dividingBy: 60) != 0 {
            file.lose(words, "the seconds of its duration: a window has whole minutes")
        }
        let start = hour * 60 + minute
        func clock(_ minutes: Int) -> String {
            "\(minutes / 60 < 10 ? "0" : "")\(minutes / 60):\(minutes % 60 < 10 ? "0" : "")\(minutes % 60)"
        }
        let names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        let days = row.list("every").compactMap(\.text).map { String($0.lowercased().prefix(3)) }
        func entry(_ days: [String], _ from: Int, _ to: Int) -> ImportedFile.Entry {
            (days.isEmpty ? [] : [("days", .array(days.map { .string($0) }))])
                + [("from", .string(clock(from))), ("to", .string(clock(to)))]
                + (zone == "UTC" ? [] : [("timeZone", .string(zone))])
        }
        guard length == 86_400 else { return [entry(days, start, (start + Int(length / 60)) % 1440)] }
        // Ours ends before the next one begins; a whole day from another hour on is two windows.
        if days.isEmpty || start == 0 { return [entry(days, 0, 1440)] }
        let next = days.map { day in names.firstIndex(of: day).map { names[($0 + 1) % 7] } ?? day }
        return [entry(days, start, 1440), entry(next, 0, start)]
    }
}
