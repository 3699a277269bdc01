/// A date and a time of day, as people write them.
package struct LocalTime {
    package var (year, month, day): (Int32, Int32, Int32)
    package var (hour, minute, second): (Int32, Int32, Int32)

    package init(year: Int32, month: Int32, day: Int32, hour: Int32, minute: Int32, second: Int32) {
        (self.year, self.month, self.day) = (year, month, day)
        (self.hour, self.minute, self.second) = (hour, minute, second)
    }

    /// The seconds from 1970 to it, in this machine's time zone or in UTC; nil for a day that the month does not have.
    package func seconds(isUTC: Bool) -> Int64? {
        var fields = unsafe tm()
        unsafe fields.tm_year = year - 1900
        unsafe fields.tm_mon = month - 1
        unsafe fields.tm_mday = day
        unsafe fields.tm_hour = hour
        unsafe fields.tm_min = minute
        unsafe fields.tm_sec = second
        // Unknown: mktime finds out whether it was summer time.
        unsafe fields.tm_isdst = -1
        let seconds = unsafe Int64(isUTC ? timegm(&fields) : mktime(&fields))
        // Such a day comes back as one of the next month.
        return unsafe fields.tm_mon == month - 1 ? seconds : nil
    }

    /// The year that a clock of this machine's time zone shows; nil when it is beyond counting.
    package static func year(at seconds: Int64) -> Int32? {
        var (clock, fields) = unsafe (time_t(seconds), tm())
        return unsafe localtime_r(&clock, &fields).map { unsafe $0.pointee.tm_year + 1900 }
    }
}
