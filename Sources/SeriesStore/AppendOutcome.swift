/// What became of a sample that was offered to a `SeriesStore`.
package enum AppendOutcome: Sendable, Equatable {
    /// The newest sample of its series now.
    case appended
    /// Older than the newest of its series, put in its place.
    case insertedLate
    /// There already, bit for bit; nothing changed.
    case duplicate
    /// Another value stands at this time; the first one stays.
    case conflict
    /// Before the start of the window.
    case tooOld
    /// Further after `now` than `StoreLimits.aheadMax`.
    case tooNew
    /// Its series is new and was not taken in.
    case refused(SeriesRefusal)
    /// The handle's series is gone; ask for a new handle.
    case unknownSeries
}

/// Why a new series was not taken in. The series that are there are never touched for a new one.
package enum SeriesRefusal: Int, Error, Sendable, Equatable, CaseIterable {
    /// `StoreLimits.seriesPerTenantMax`; `TenantUsage.offendingLabel` says which label to look at.
    case tenantSeriesLimit
    /// `StoreLimits.seriesMax`.
    case seriesLimit
    /// `StoreLimits.tenantsMax`.
    case tenantLimit
    /// Labels and index alone would take more than three quarters of `StoreLimits.memoryBytesMax`.
    case memoryLimit
    /// `StoreLimits.labelSetBytesMax`.
    case labelsTooLong
}

/// Who made a sample: one that a rule wrote back must not make a silent source look alive.
package enum SampleOrigin: Sendable, Equatable {
    case received
    case derived
}

/// How often each thing happened since the store was made.
package struct StoreCounters: Sendable, Equatable {
    package internal(set) var appended: UInt64 = 0
    package internal(set) var insertedLate: UInt64 = 0
    package internal(set) var duplicates: UInt64 = 0
    package internal(set) var conflicts: UInt64 = 0
    package internal(set) var tooOld: UInt64 = 0
    package internal(set) var tooNew: UInt64 = 0
    /// Samples of series that were not taken in, for each reason, in the order of `SeriesRefusal.allCases`.
    private var refusals = [UInt64](repeating: 0, count: SeriesRefusal.allCases.count)
    /// Samples that left because the window moved on.
    package internal(set) var expiredSamples: UInt64 = 0
    /// Samples that left early because memory was short.
    package internal(set) var evictedSamples: UInt64 = 0
    package internal(set) var createdSeries: UInt64 = 0
    package internal(set) var removedSeries: UInt64 = 0
    /// Times that memory was short.
    package internal(set) var evictions: UInt64 = 0

    /// Samples of series that were not taken in, whatever the reason.
    package var refused: UInt64 { refusals.reduce(0, +) }

    /// Samples of series that were not taken in for `reason`.
    package func refused(_ reason: SeriesRefusal) -> UInt64 { refusals[reason.rawValue] }

    mutating func countRefused(_ reason: SeriesRefusal) { refusals[reason.rawValue] += 1 }
}

/// Names a series of one store until that series is removed; then it is recognised as stale.
package struct SeriesID: Sendable, Hashable {
    let index: UInt32
    let generation: UInt32
}
