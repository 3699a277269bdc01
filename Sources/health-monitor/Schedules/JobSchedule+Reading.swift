import KeepAlivePlatform

extension JobSchedule {
    /// Reads `schedule` and `timeZone`; nil without a valid schedule.
    init?(reading section: ConfigurationSection) {
        let zone = Zone(reading: section)
        guard let text = section.optionalString("schedule") else { return nil }
        do throws(ScheduleFault) {
            try self.init(text.split(whereSeparator: \.isWhitespace).joined(separator: " "), in: zone)
        } catch {
            section.refuse("schedule", error.words)
            return nil
        }
        if next(after: .now()) == nil {
            section.warn("schedule", "\"\(self.text.prefix(60))\" has passed and is never due again: give another date")
        }
    }
}

extension Zone {
    /// Reads `timeZone`; UTC without one.
    init(reading section: ConfigurationSection) {
        guard let name = section.optionalString("timeZone") else {
            self = .utc
            return
        }
        let found = ZoneFile.zone(named: name)
        if found == nil {
            section.refuse(
                "timeZone",
                "this machine knows no time zone \"\(name.prefix(60))\": give one such as Europe/Berlin, or install tzdata"
            )
        }
        self = found ?? .utc
    }
}
