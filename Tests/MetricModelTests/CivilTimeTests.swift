import MetricModel
import Testing

@Test("dates and day numbers are each other's inverse, year by year and month by month")
func civilDates() {
    var day = CivilDate.daysSinceEpoch(-800, 1, 1)
    for year in -800...2800 {
        for month in 1...12 {
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            let length = month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
            let (first, last) = (
                CivilDate(daysSinceEpoch: day), CivilDate(daysSinceEpoch: day + length - 1)
            )
            #expect(CivilDate.daysSinceEpoch(year, month, 1) == day)
            #expect(CivilDate.daysInMonth(year, month) == length)
            #expect(first.year == year && first.month == month && first.day == 1)
            #expect(last.year == year && last.month == month && last.day == length)
            day += length
        }
    }
    #expect(CivilDate.daysSinceEpoch(1970, 1, 1) == 0)
}

struct CivilCase {
    var milliseconds: Int64
    var offset = 0
    var date: [Int]
    var clock: [Int]
    var weekday: Int
    var dayOfYear: Int
}

@Test(
    "a point in time in a zone",
    arguments: [
        CivilCase(milliseconds: 0, date: [1970, 1, 1], clock: [0, 0, 0, 0], weekday: 4, dayOfYear: 1),
        CivilCase(
            milliseconds: -1, date: [1969, 12, 31], clock: [23, 59, 59, 999], weekday: 3, dayOfYear: 365),
        CivilCase(
            milliseconds: 951_782_400_000, date: [2000, 2, 29], clock: [0, 0, 0, 0], weekday: 2, dayOfYear: 60
        ),
        CivilCase(
            milliseconds: 1_795_171_335_250, date: [2026, 11, 20], clock: [10, 42, 15, 250], weekday: 5,
            dayOfYear: 324),
        CivilCase(
            milliseconds: 1_795_171_335_250, offset: -11 * 3600, date: [2026, 11, 19],
            clock: [23, 42, 15, 250], weekday: 4, dayOfYear: 323),
        CivilCase(
            milliseconds: -62_135_596_800_000, date: [1, 1, 1], clock: [0, 0, 0, 0], weekday: 1, dayOfYear: 1),
    ])
func civilTimes(_ example: CivilCase) {
    let time = CivilTime(
        Timestamp(milliseconds: example.milliseconds), zoneOffsetSeconds: example.offset)
    #expect([time.year, time.month, time.day] == example.date)
    #expect([time.hour, time.minute, time.second, time.millisecond] == example.clock)
    #expect(time.weekday == example.weekday && time.dayOfYear == example.dayOfYear)
}

@Test("the ends of time have a date too", arguments: [Timestamp.distantPast, .distantFuture])
func farCivilTimes(_ time: Timestamp) {
    for offset in [0, 50_400, -43_200, Int.max, Int.min] {
        let civil = CivilTime(time, zoneOffsetSeconds: offset)
        #expect((1...12).contains(civil.month) && (1...366).contains(civil.dayOfYear))
    }
}

@Test("RFC 3339 there and back, and the date of an HTTP answer")
func calendarTexts() {
    let time = Timestamp(milliseconds: 1_795_220_092_000)
    #expect(CalendarTime.rfc3339(time) == "2026-11-21T00:14:52+00:00")
    #expect(Timestamp(rfc3339: "2026-11-21T00:14:52+00:00") == time)
    #expect(CalendarTime.timestamp(httpDate: "Sat, 21 Nov 2026 00:14:52 GMT") == time)
}
