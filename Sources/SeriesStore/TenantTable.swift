import MetricModel

/// What a tenant takes, and what it was refused.
package struct TenantUsage: Sendable, Equatable {
    /// Value of the label `tenant`; empty for series without one.
    package var tenant: String
    package var seriesCount: Int
    /// Samples of series that were not taken in because the tenant was at its limit.
    package var refusedSamples: UInt64
    /// The label with the most distinct values among the tenant's series, the refused ones included, and about how
    /// many values that is; `nil` as long as nothing was refused.
    package var offendingLabel: String?
    package var offendingValues: Int
    /// Samples that left early because memory was short.
    package var evictedSamples: UInt64
    /// Samples at or before this time are gone.
    package var floor: Timestamp
}

/// One tenant's plane as a source of samples.
package struct SourceUsage: Sendable, Equatable {
    /// Values of the labels `tenant` and `plane`, empty where absent.
    package var tenant: String
    package var plane: String
    package var seriesCount: Int
    /// Time of the newest received sample; `nil` when there was none. Stays when the series are gone, as long as there
    /// are not too many sources.
    package var newest: Timestamp?
}

/// Tenants and their planes: small numbers for series to refer to, limits, and where each tenant's window begins.
struct TenantTable: ~Copyable {
    /// The part of a source that every append looks at.
    struct SourceState: BitwiseCopyable {
        /// Samples at or before this are too old: a copy of the tenant's.
        var floor = Int64.min
        var newest = Int64.min
        var tenant: UInt32 = 0
        var seriesCount: UInt32 = 0
        var isDerived = false
    }

    struct Tenant {
        var name: [UInt8]
        var seriesCount = 0
        var refusedSamples: UInt64 = 0
        var evictedSamples: UInt64 = 0
        /// Where memory pressure has moved the start of the window; retention may have moved it further.
        var floor = Int64.min
        /// From the first refusal until the tenant is below its limit again.
        var sketch: CardinalitySketch?
    }

    private struct SourceKey: Hashable {
        var tenant: UInt32
        var plane: [UInt8]
        var isDerived: Bool
    }

    private(set) var tenants: [Tenant] = []
    private var tenantNumbers: [[UInt8]: UInt32] = [:]
    private var sources = PlainArray<SourceState>()
    private var sourceKeys: [SourceKey] = []
    private var sourceNumbers: [SourceKey: UInt32] = [:]
    /// Sources of one tenant, and of all.
    static let planesPerTenantMax = 256
    static let sourcesMax = 16_384
    private var planeCounts: [UInt32: Int] = [:]
    private var sketchBytes = 0

    var byteCount: Int {
        tenants.count * 256 + sketchBytes + sources.byteCount + sourceKeys.count * 256
    }

    @inline(__always)
    func source(_ number: UInt32) -> UnsafeMutablePointer<SourceState> { sources.pointer(at: Int(number)) }

    func tenant(named name: [UInt8]) -> UInt32? { tenantNumbers[name] }

    /// The number of a tenant, new if need be; `nil` when there are `countMax` that all have series.
    mutating func tenant(
        _ name: UnsafeBufferPointer<UInt8>, countMax: Int, retentionFloor: Int64
    ) -> UInt32? {
        let key = Array(name)
        if let number = tenantNumbers[key] { return number }
        var tenant = Tenant(name: key)
        tenant.floor = retentionFloor
        if tenants.count < countMax {
            tenants.append(tenant)
            let number = UInt32(tenants.count - 1)
            tenantNumbers[key] = number
            return number
        }
        guard let unused = tenants.firstIndex(where: { $0.seriesCount == 0 }) else { return nil }
        tenantNumbers[tenants[unused].name] = nil
        tenants[unused] = tenant
        let number = UInt32(unused)
        tenantNumbers[key] = number
        for index in 0..<sources.count where sources[index].tenant == number {
            sources.pointer(at: index).pointee.newest = .min
            sources.pointer(at: index).pointee.floor = retentionFloor
        }
        return number
    }

    /// The number of a tenant's plane, new if need be. With too many planes, one without series gives its place; if
    /// there is none, the plane is counted among those without a name.
    mutating func source(_ tenant: UInt32, plane: UnsafeBufferPointer<UInt8>, isDerived: Bool) -> UInt32 {
        var key = SourceKey(tenant: tenant, plane: Array(plane), isDerived: isDerived)
        if let number = sourceNumbers[key] { return number }
        let isTenantFull = planeCounts[tenant, default: 0] >= Self.planesPerTenantMax
        var place: UInt32?
        if isTenantFull || sources.count >= Self.sourcesMax {
            place = unusedSource(of: isTenantFull ? tenant : nil)
            if place == nil {
                key.plane = []
                if let number = sourceNumbers[key] { return number }
            }
        }
        let state = SourceState(floor: tenants[Int(tenant)].floor, tenant: tenant, isDerived: isDerived)
        let number: UInt32
        if let place {
            let old = sourceKeys[Int(place)]
            sourceNumbers[old] = nil
            planeCounts[old.tenant, default: 1] -= 1
            sources[Int(place)] = state
            sourceKeys[Int(place)] = key
            number = place
        } else {
            number = UInt32(sources.count)
            sources.append(state)
            sourceKeys.append(key)
        }
        planeCounts[tenant, default: 0] += 1
        sourceNumbers[key] = number
        return number
    }

    private func unusedSource(of tenant: UInt32?) -> UInt32? {
        for index in 0..<sources.count where sources[index].seriesCount == 0 {
            if tenant == nil || tenant == sources[index].tenant { return UInt32(index) }
        }
        return nil
    }

    mutating func addSeries(_ source: UInt32) {
        self.source(source).pointee.seriesCount += 1
        tenants[Int(self.source(source).pointee.tenant)].seriesCount += 1
    }

    mutating func removeSeries(_ source: UInt32, seriesPerTenantMax: Int) {
        self.source(source).pointee.seriesCount -= 1
        let tenant = Int(self.source(source).pointee.tenant)
        tenants[tenant].seriesCount -= 1
        if tenants[tenant].seriesCount < seriesPerTenantMax, let sketch = tenants[tenant].sketch {
            sketchBytes -= sketch.byteCount
            tenants[tenant].sketch = nil
        }
    }

    /// Counts a refused sample. `existing` shows the sketch the series that the tenant has, when it is a new one.
    mutating func refuse(
        _ tenant: UInt32, _ labels: UnsafeBufferPointer<UInt8>, existing: (inout CardinalitySketch) -> Void
    ) {
        tenants[Int(tenant)].refusedSamples += 1
        // Taken out while it changes, so that it is not copied.
        var sketch = CardinalitySketch()
        if let present = tenants[Int(tenant)].sketch {
            sketch = present
            tenants[Int(tenant)].sketch = nil
            sketchBytes -= sketch.byteCount
        } else {
            existing(&sketch)
        }
        sketch.insert(labels)
        sketchBytes += sketch.byteCount
        tenants[Int(tenant)].sketch = sketch
    }

    mutating func countEvicted(_ tenant: UInt32, _ samples: Int) {
        tenants[Int(tenant)].evictedSamples += UInt64(samples)
    }

    /// Moves the start of a tenant's window forward; never back.
    mutating func raiseFloor(_ tenant: Int, to floor: Int64) {
        guard floor > tenants[tenant].floor else { return }
        tenants[tenant].floor = floor
        for index in 0..<sources.count where Int(sources[index].tenant) == tenant {
            sources.pointer(at: index).pointee.floor = floor
        }
    }

    mutating func raiseFloors(to floor: Int64) {
        for index in tenants.indices { tenants[index].floor = max(tenants[index].floor, floor) }
        for index in 0..<sources.count {
            sources.pointer(at: index).pointee.floor = max(sources[index].floor, floor)
        }
    }

    // MARK: What others see

    /// Ordered by name.
    var tenantUsage: [TenantUsage] {
        tenants.map { tenant in
            let widest = tenant.sketch?.widest
            return TenantUsage(
                tenant: String(decoding: tenant.name, as: UTF8.self), seriesCount: tenant.seriesCount,
                refusedSamples: tenant.refusedSamples, offendingLabel: widest?.label,
                offendingValues: widest?.distinct ?? 0, evictedSamples: tenant.evictedSamples,
                floor: Timestamp(milliseconds: tenant.floor))
        }
        .sorted { $0.tenant.utf8.lexicographicallyPrecedes($1.tenant.utf8) }
    }

    /// Ordered by tenant and plane; series that rules wrote back are not counted.
    var sourceUsage: [SourceUsage] {
        sourceKeys.indices.filter {
            !sources[$0].isDerived && (sources[$0].seriesCount > 0 || sources[$0].newest != .min)
        }
        .map { index in
            SourceUsage(
                tenant: String(decoding: tenants[Int(sources[index].tenant)].name, as: UTF8.self),
                plane: String(decoding: sourceKeys[index].plane, as: UTF8.self),
                seriesCount: Int(sources[index].seriesCount),
                newest: sources[index].newest == .min ? nil : Timestamp(milliseconds: sources[index].newest))
        }
        .sorted { ($0.tenant, $0.plane) < ($1.tenant, $1.plane) }
    }
}
