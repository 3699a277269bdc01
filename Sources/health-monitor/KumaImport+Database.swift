import KeepAliveKit

/// Uptime Kuma's tables as its backup names them.
extension KumaImport {
    init(_ database: KumaDatabase) throws {
        self.init()
        func rows(_ table: String) throws -> [LooseObject] { try database.rows(of: table).map { LooseObject($0) } }
        monitors = try rows("monitor")
        notifications = try rows("notification")
        monitorNotifications = try rows("monitor_notification").compactMap { row in
            guard let monitor = row.integer("monitorid"), let notification = row.integer("notificationid") else {
                return nil
            }
            return (monitor, notification)
        }
        let names = Dictionary(
            try rows("tag").compactMap { row in row.integer("id").map { ($0, row.text("name") ?? "") } },
            uniquingKeysWith: { first, _ in first })
        for row in try rows("monitor_tag") {
            guard let monitor = row.integer("monitorid"), let name = row.integer("tagid").flatMap({ names[$0] }) else {
                continue
            }
            tags[monitor, default: []].append(name)
        }
        let groups = Set(try rows("group").filter { $0.flag("public") }.compactMap { $0.integer("id") })
        published = Set(
            try rows("monitor_group").filter { $0.integer("groupid").map(groups.contains) == true }
                .compactMap { $0.integer("monitorid") })
        for row in try rows("docker_host") {
            if let id = row.integer("id"), let place = row.text("dockerdaemon") { engines[id] = place }
        }
        maintenance = try rows("maintenance")
        for row in try rows("monitor_maintenance") {
            guard let id = row.integer("maintenanceid"), let monitor = row.integer("monitorid") else { continue }
            maintenanceMonitors[id, default: []].append(monitor)
        }
        proxies = try rows("proxy").count
        pages = try rows("status_page")
        incidents = try rows("incident")
        // The value is JSON: "Europe/Berlin" in quotes.
        serverZone = try rows("setting").first { $0.text("key") == "serverTimezone" }?.text("value")
            .map { $0.filter { $0 != "\"" } }
    }
}
