/// Which roll-ups cover a range of hours: the whole days before today from days, the rest from hours. Pure.
///
/// Today is read from hours, because its day may have counted rows of the future.
struct RollUpRange: Equatable {
    /// Hours since 1970.
    let hours: [ClosedRange<Int64>]
    /// Days since 1970.
    let days: ClosedRange<Int64>?

    init(hours: [ClosedRange<Int64>], days: ClosedRange<Int64>?) {
        self.hours = hours
        self.days = days
    }

    /// The tables that cover the range, with their column and its part.
    var tables: [(table: String, column: String, part: ClosedRange<Int64>)] {
        hours.map { ("service_health_hours", "hour", $0) } + (days.map { [("service_health_days", "day", $0)] } ?? [])
    }

    /// - Parameters:
    ///   - first: the first hour.
    ///   - now: the current hour, which is the last one.
    init(from first: Int64, to now: Int64) {
        guard first <= now else {
            (hours, days) = ([], nil)
            return
        }
        let (whole, part) = first.quotientAndRemainder(dividingBy: 24)
        let firstDay = part == 0 ? whole : whole + 1
        let today = now / 24
        guard firstDay < today else {
            (hours, days) = ([first...now], nil)
            return
        }
        let before = firstDay * 24
        hours = (first < before ? [first...(before - 1)] : []) + [(today * 24)...now]
        days = firstDay...(today - 1)
    }
}
