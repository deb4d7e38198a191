import MetricModel

/// How much a `SeriesStore` keeps and what it refuses.
package struct StoreLimits: Sendable, Equatable {
    /// How far back samples are kept, counted from the `now` that was last given to `advance(to:)`. The store lets go
    /// of samples in steps of a 64th of this, so for a moment the window may be that much longer, never shorter.
    package var retention: TimeSpan
    /// Bytes of memory for samples, labels and index together. The oldest samples give way first.
    /// Held between `memoryBytesFloor` and `memoryBytesCeiling`.
    package var memoryBytesMax: Int
    package var seriesMax: Int
    package var seriesPerTenantMax: Int
    package var tenantsMax: Int
    /// Bytes of one encoded label set.
    package var labelSetBytesMax: Int
    /// How far after `now` a sample may lie: a producer whose clock or unit is wrong must not fill the window with
    /// samples that never expire. Without an `advance(to:)` there is no `now`, and nothing is too new.
    package var aheadMax: TimeSpan

    package static let memoryBytesFloor = 4 << 20
    package static let memoryBytesCeiling = 32 << 30

    package init(
        retention: TimeSpan = .hours(6),
        memoryBytesMax: Int = 512 << 20,
        seriesMax: Int = 1_000_000,
        seriesPerTenantMax: Int = 150_000,
        tenantsMax: Int = 4096,
        labelSetBytesMax: Int = 16 << 10,
        aheadMax: TimeSpan = .hours(1)
    ) {
        self.retention = retention
        self.memoryBytesMax = memoryBytesMax
        self.seriesMax = seriesMax
        self.seriesPerTenantMax = seriesPerTenantMax
        self.tenantsMax = tenantsMax
        self.labelSetBytesMax = labelSetBytesMax
        self.aheadMax = aheadMax
    }

    /// `memoryBytesMax` within the bounds that the store can honour.
    var memoryLimit: Int { min(max(memoryBytesMax, Self.memoryBytesFloor), Self.memoryBytesCeiling) }
}
