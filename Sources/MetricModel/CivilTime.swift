/// A point in time as the calendar and the clock on the wall show it, in a zone of fixed offset.
package struct CivilTime: Sendable, Hashable {
    package let timestamp: Timestamp
    /// East of UTC.
    package let zoneOffsetSeconds: Int
    /// The day of the zone, 0 for 1 January 1970.
    package let daysSinceEpoch: Int
    package let year: Int
    package let month: Int
    package let day: Int
    package let hour: Int
    package let minute: Int
    package let second: Int
    package let millisecond: Int

    package init(_ time: Timestamp, zoneOffsetSeconds: Int = 0) {
        timestamp = time
        self.zoneOffsetSeconds = zoneOffsetSeconds
        let (seconds, millisecond) = Int(time.milliseconds).floorDivided(by: 1000)
        let (days, secondOfDay) = (seconds &+ zoneOffsetSeconds).floorDivided(by: 86_400)
        daysSinceEpoch = days
        hour = secondOfDay / 3600
        minute = secondOfDay / 60 % 60
        second = secondOfDay % 60
        self.millisecond = millisecond
        let date = CivilDate(daysSinceEpoch: days)
        (year, month, day) = (date.year, date.month, date.day)
    }

    /// 0 is Sunday.
    package var weekday: Int { (daysSinceEpoch + 4).floorDivided(by: 7).remainder }

    /// 1 is the first of January.
    package var dayOfYear: Int { daysSinceEpoch - CivilDate.daysSinceEpoch(year, 1, 1) + 1 }
}
