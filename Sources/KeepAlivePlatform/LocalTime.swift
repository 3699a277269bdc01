/// A date and a time of day.
package struct LocalTime {
    package var (year, month, day): (Int32, Int32, Int32)
    package var (hour, minute, second): (Int32, Int32, Int32)

    package init(year: Int32, month: Int32, day: Int32, hour: Int32, minute: Int32, second: Int32) {
        (self.year, self.month, self.day) = (year, month, day)
        (self.hour, self.minute, self.second) = (hour, minute, second)
    }

    /// Its seconds since 1970, in this machine's time zone or in UTC; nil for a day that the month does not have.
    package func seconds(isUTC: Bool) -> Int64? {
        var fields = unsafe tm()
        unsafe fields.tm_year = year - 1900
        unsafe fields.tm_mon = month - 1
        unsafe fields.tm_mday = day
        unsafe fields.tm_hour = hour
        unsafe fields.tm_min = minute
        unsafe fields.tm_sec = second
        // Unknown: mktime determines daylight saving time.
        unsafe fields.tm_isdst = -1
        let seconds = unsafe Int64(isUTC ? timegm(&fields) : mktime(&fields))
        // mktime returns such a day as a day of the next month.
        return unsafe fields.tm_mon == month - 1 ? seconds : nil
    }

    /// The year in this machine's time zone; nil when it is out of range.
    package static func year(at seconds: Int64) -> Int32? {
        var (clock, fields) = unsafe (time_t(seconds), tm())
        return unsafe localtime_r(&clock, &fields).map { unsafe $0.pointee.tm_year + 1900 }
    }
}
