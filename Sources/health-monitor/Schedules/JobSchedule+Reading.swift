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
    }
}

extension Zone {
    /// Reads `timeZone`; UTC without one.
    init(reading section: ConfigurationSection) {
        self = .utc
        guard let name = section.optionalString("timeZone") else { return }
        if let found = ZoneFile.zone(named: name) {
            self = found
        } else {
            section.refuse(
                "timeZone",
                "this machine knows no time zone \"\(name.prefix(60))\": give one such as Europe/Berlin, or install tzdata"
            )
        }
    }
}
