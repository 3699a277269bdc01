import KeepAliveKit
import KeepAlivePlatform

/// A maintenance of Uptime Kuma as windows of ours.
struct KumaMaintenance {
    let row: LooseObject
    /// The time zone of the server, if its database names it.
    let serverZone: String?

    private struct Loss: Error {
        let why: String
    }

    private var title: String { row.text("title") ?? "maintenance" }
    private var strategy: String { row.text("strategy") ?? "" }
    private func lose(_ why: String, _ file: inout ImportedFile) { file.lose("maintenance \"\(title)\"", why) }

    /// Gives the window to these targets.
    func place(on targets: [String], in file: inout ImportedFile) {
        if row["active"] != nil, !row.flag("active") { return lose("it is switched off", &file) }
        let window: JSONValue
        do throws(Loss) {
            window = try self.window(in: &file)
        } catch {
            return lose(error.why, &file)
        }
        if let text = row.text("description") { lose("its description \"\(text.limited(to: 60))\"", &file) }
        row.skip(
            "id", "userid", "cron", "duration", "laststartdate", "weekdays", "daysofmonth", "intervalday", "startdate",
            "enddate", "starttime", "endtime", "strategy", "title")
        file.loseRest(of: row, "maintenance \"\(title)\"")
        if targets.isEmpty { return lose("it names no monitor that was carried over", &file) }
        for index in file.targets.indices {
            guard let name = file.targets[index].first(where: { $0.key == "name" })?.value.text,
                targets.contains(VariableText.plain(name))
            else { continue }
            if let place = file.targets[index].firstIndex(where: { $0.key == "maintenance" }) {
                let windows = (file.targets[index][place].value.elements ?? []) + [window]
                file.targets[index][place].value = .array(windows)
            } else {
                file.targets[index].append(("maintenance", .array([window])))
            }
        }
    }

    private func zone(_ file: inout ImportedFile) throws(Loss) -> Zone {
        var name = row.text("timezone") ?? row.text("timezoneoption") ?? "UTC"
        if name.lowercased() == "same_as_server" {
            if serverZone == nil {
                lose("its times count as UTC: the file does not name the server's time zone", &file)
            }
            name = serverZone ?? "UTC"
        }
        guard let zone = ZoneFile.zone(named: name) else {
            throw Loss(
                why: "this machine knows no time zone \"\(name.limited(to: 40))\": install tzdata and import again")
        }
        return zone
    }

    private func window(in file: inout ImportedFile) throws(Loss) -> JSONValue {
        let zone = try self.zone(&file)
        let zoneKey: [String: JSONValue] = zone.name == "UTC" ? [:] : ["timeZone": .string(zone.name)]
        if strategy != "single", strategy != "manual", row.text("startdate") ?? row.text("enddate") != nil {
            lose("its first and last day: the window recurs without end", &file)
        }
        func recurring(_ schedule: String, _ minutes: Int) throws(Loss) -> JSONValue {
            guard (1...40_320).contains(minutes) else { throw Loss(why: "its duration is not understood") }
            do throws(ScheduleFault) {
                _ = try JobSchedule(schedule, in: zone)
            } catch {
                throw Loss(why: "its schedule \"\(schedule.limited(to: 60))\": \(error.words)")
            }
            return .object(
                zoneKey.merging(["schedule": .string(schedule), "minutes": .integer(Int64(minutes))]) { $1 })
        }
        switch strategy {
        case "single":
            guard let from = Self.stamp(row.text("startdate"), zone), let to = Self.stamp(row.text("enddate"), zone),
                from < to
            else { throw Loss(why: "its dates are not understood") }
            for text in [row.text("startdate"), row.text("enddate")] { loseSeconds(of: text ?? "", &file) }
            return .object(["from": .string(from), "to": .string(to)])
        case "recurring-weekday":
            let names = ["sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun"]
            // 1 is Monday; 0 and 7 are Sunday.
            let numbers = row.list("weekdays").compactMap(\.integer)
            let days = numbers.compactMap { names.indices.contains($0) ? names[$0] : nil }
            guard !days.isEmpty, days.count == row.list("weekdays").count else {
                throw Loss(why: "its days are not understood")
            }
            let times = try clocks(&file)
            return .object(
                zoneKey.merging([
                    "days": .array(days.map { .string($0) }), "from": .string(times.from), "to": .string(times.to),
                ]) { $1 })
        case "recurring-interval" where row.integer("intervalday") == 1:
            let times = try clocks(&file)
            return .object(zoneKey.merging(["from": .string(times.from), "to": .string(times.to)]) { $1 })
        case "recurring-day-of-month":
            let days = row.list("daysofmonth")
            let numbers = days.compactMap(\.integer).filter { (1...31).contains($0) }
            guard !numbers.isEmpty, numbers.count == days.count else {
                throw Loss(why: "its last days of a month: write the window anew")
            }
            let times = try clocks(&file)
            let (from, to) = (Self.minutes(times.from), Self.minutes(times.to))
            return try recurring(
                "\(from % 60) \(from / 60) \(numbers.map { "\($0)" }.joined(separator: ",")) * *",
                (to - from + 1440) % 1440)
        case "cron":
            guard let cron = row.text("cron") else { throw Loss(why: "its cron expression is missing") }
            // The database counts seconds.
            let seconds = row.integer("duration") ?? 0
            let minutes = row.integer("durationminutes") ?? seconds / 60
            if row.integer("durationminutes") == nil, seconds % 60 != 0 { loseSeconds(of: "\(seconds) s", &file) }
            return try recurring(cron.split(whereSeparator: \.isWhitespace).joined(separator: " "), minutes)
        default:
            throw Loss(why: "the strategy \"\(strategy.limited(to: 40))\" is not carried over: write the window anew")
        }
    }

    private func clocks(_ file: inout ImportedFile) throws(Loss) -> (from: String, to: String) {
        guard let from = Self.clock(row.text("starttime")), let to = Self.clock(row.text("endtime")), from != to else {
            throw Loss(why: "its times are not understood")
        }
        for text in [row.text("starttime"), row.text("endtime")] { loseSeconds(of: text ?? "", &file) }
        return (from, to)
    }

    /// A window here begins and ends on a whole minute.
    private func loseSeconds(of text: String, _ file: inout ImportedFile) {
        let seconds =
            text.firstMatch(of: /\d\d:\d\d:(\d\d)/).map { String($0.1) } ?? (text.hasSuffix(" s") ? text : "00")
        if seconds != "00" { lose("the seconds of \(text.limited(to: 40)): a window has whole minutes", &file) }
    }

    /// `2026-01-19 22:00:00` in a zone, as ISO 8601 in UTC.
    private static func stamp(_ text: String?, _ zone: Zone) -> String? {
        guard let match = text?.firstMatch(of: /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d)/),
            let year = Int(match.1), let month = Int(match.2), let day = Int(match.3), let hour = Int(match.4),
            let minute = Int(match.5), CivilTime.years.contains(year), (1...12).contains(month), (1...31).contains(day),
            hour < 24, minute < 60
        else { return nil }
        let local = CivilTime(year: year, month: month, day: day, microseconds: Int64(hour * 60 + minute) * 60_000_000)
        let time = zone.time(of: local.seconds, after: .min)
        return "\(WallTime(microseconds: time * 1_000_000).iso8601.prefix(19))Z"
    }

    /// `03:00` of `03:00:00`.
    private static func clock(_ text: String?) -> String? {
        text?.firstMatch(of: /^([01]\d|2[0-3]):[0-5]\d/).map { String($0.0) }
    }

    /// Since midnight, of `03:00`.
    private static func minutes(_ clock: String) -> Int {
        (Int(clock.prefix(2)) ?? 0) * 60 + (Int(clock.suffix(2)) ?? 0)
    }
}
