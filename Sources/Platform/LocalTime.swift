// LocalTime: the wall clock in the local time zone, as it stands in front of the log's lines.

import Glibc

/// A moment as clocks on the wall show it in the local time zone.
package struct LocalTime: Sendable, Equatable {
    package var year, month, day, hour, minute, second, millisecond: Int
    /// Seconds that the zone is ahead of UTC.
    package var offsetSeconds: Int
    /// The same moment in milliseconds since 1970.
    package var unixMilliseconds: Int64

    package init(
        year: Int, month: Int, day: Int, hour: Int, minute: Int, second: Int, millisecond: Int, offsetSeconds: Int,
        unixMilliseconds: Int64
    ) {
        (self.year, self.month, self.day) = (year, month, day)
        (self.hour, self.minute, self.second, self.millisecond) = (hour, minute, second, millisecond)
        self.offsetSeconds = offsetSeconds
        self.unixMilliseconds = unixMilliseconds
    }

    package init(unixMilliseconds: Int64) {
        var seconds = time_t(unixMilliseconds / 1000)
        var parts = unsafe tm()
        unsafe _ = localtime_r(&seconds, &parts)
        unsafe self.init(
            year: Int(parts.tm_year) + 1900, month: Int(parts.tm_mon) + 1, day: Int(parts.tm_mday),
            hour: Int(parts.tm_hour), minute: Int(parts.tm_min), second: Int(parts.tm_sec),
            millisecond: Int(unixMilliseconds % 1000), offsetSeconds: Int(parts.tm_gmtoff),
            unixMilliseconds: unixMilliseconds)
    }
}
