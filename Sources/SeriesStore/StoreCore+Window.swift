import MetricModel

/// The start of the window: retention and the memory limit move it forward, and what lies before it is freed.
extension StoreCore {
    private enum Reason {
        case expired
        case evicted
    }

    /// Tells the store the time. Only forward steps count.
    mutating func advance(to now: Timestamp) {
        guard now.milliseconds > self.now else { return }
        self.now = now.milliseconds
        newestAllowed = (now + limits.aheadMax).milliseconds
        let floor = (now - limits.retention).milliseconds
        guard floor > retentionFloor else { return }
        // Freeing costs a look at every series, and makes cached answers void: done in steps.
        let step = UInt64(max(limits.retention.milliseconds / 64, 1000))
        guard retentionFloor == .min || UInt64(bitPattern: floor &- retentionFloor) >= step else { return }
        retentionFloor = floor
        tenants.raiseFloors(to: floor)
        free(.expired)
    }

    /// Frees what lies before the start of its tenant's window.
    private mutating func free(_ reason: Reason) {
        var gone = SeriesSet(numberEnd: table.numberEnd)
        var isAnyGone = false
        for number in table.live.numbers() {
            let record = table.record(number)
            let source = tenants.source(record.pointee.source).pointee
            guard record.pointee.log.oldest <= source.floor || record.pointee.log.isEmpty else { continue }
            touch(record.pointee.metric)
            let before = samples.sampleCount
            if record.pointee.log.newest <= source.floor {
                samples.removeAll(&record.pointee.log)
                gone.insert(number)
                isAnyGone = true
            } else {
                _ = samples.evict(&record.pointee.log, upTo: source.floor)
            }
            let freed = before - samples.sampleCount
            switch reason {
            case .expired: counters.expiredSamples += UInt64(freed)
            case .evicted:
                counters.evictedSamples += UInt64(freed)
                tenants.countEvicted(source.tenant, freed)
            }
        }
        if isAnyGone { remove(gone) }
        if samples.arena.isFragmented { compact() }
    }

    private mutating func compact() {
        samples.arena.beginCompaction()
        for number in table.live.numbers() { samples.compact(&table.record(number).pointee.log) }
        samples.arena.endCompaction()
    }

    // MARK: The memory limit

    /// Frees the oldest samples when memory comes near the limit; the tenants that use more than an equal share give
    /// theirs first.
    mutating func enforceMemoryLimit() {
        let limit = limits.memoryLimit
        guard memoryInUse > limit - limit / 32 else { return }
        counters.evictions += 1
        // One round is enough unless what is freed lies scattered; what is left then moves together.
        for round in 1...4 {
            let excess = memoryInUse - limit / 8 * 7
            if excess <= 0 { break }
            raiseFloors(freeing: excess * round)
            free(.evicted)
            if memoryInUse > limit / 8 * 7 { compact() }
        }
        if memoryInUse > limit - limit / 32 { dropBlocks() }
    }

    /// The last resort, when what fills the memory lies after `now`: all sealed blocks go, whatever their time.
    private mutating func dropBlocks() {
        for number in table.live.numbers() {
            let record = table.record(number)
            guard record.pointee.log.blockCount > 0 else { continue }
            touch(record.pointee.metric)
            let dropped = samples.evict(&record.pointee.log, upTo: .max)
            counters.evictedSamples += UInt64(dropped)
            tenants.countEvicted(tenants.source(record.pointee.source).pointee.tenant, dropped)
        }
        compact()
    }

    private mutating func raiseFloors(freeing excess: Int) {
        var usage = [Int](repeating: 0, count: tenants.tenants.count)
        forEachBlock(of: nil) { tenant, _, byteCount in usage[tenant] += byteCount }
        let share = Self.equalShare(usage, total: usage.reduce(0, +) - excess)
        for tenant in usage.indices where usage[tenant] > share {
            if let floor = cutoff(tenant, freeing: usage[tenant] - share) {
                // Never past the present: a few samples from the future must not shut out those of today.
                tenants.raiseFloor(tenant, to: now == .min ? floor : min(floor, now))
            }
        }
    }

    /// The most that each may keep so that all together keep `total`: those that use less keep what they have.
    static func equalShare(_ usage: [Int], total: Int) -> Int {
        var left = max(total, 0)
        var users = usage.count
        for used in usage.sorted() {
            let share = left / users
            if used > share { return share }
            left -= used
            users -= 1
        }
        return .max
    }

    /// The earliest time so that the tenant's blocks that end by then have about `byteCount` bytes or more;
    /// `nil` when it has no blocks.
    private func cutoff(_ tenant: Int, freeing byteCount: Int) -> Int64? {
        var low = Int64.max
        var high = Int64.min
        forEachBlock(of: tenant) { _, end, _ in
            low = min(low, end)
            high = max(high, end)
        }
        guard low <= high else { return nil }
        let tolerance = max(byteCount / 8, 16 << 10)
        var needed = byteCount
        // A histogram over the whole span, then over the decisive part of it: a stray time far off costs one more pass.
        while true {
            let width = UInt64(bitPattern: high &- low) / 256 + 1
            var buckets = [Int](repeating: 0, count: 256)
            forEachBlock(of: tenant) { _, end, byteCount in
                guard end >= low, end <= high else { return }
                buckets[Int(UInt64(bitPattern: end &- low) / width)] += byteCount
            }
            var bucket = 0
            while bucket < 255 && buckets[bucket] < needed {
                needed -= buckets[bucket]
                bucket += 1
            }
            let start = low &+ Int64(bitPattern: UInt64(bucket) &* width)
            let last =
                UInt64(bitPattern: high &- start) < width ? high : start &+ Int64(bitPattern: width - 1)
            if width == 1 || buckets[bucket] <= tolerance { return last }
            low = start
            high = last
        }
    }

    /// Calls `body` with tenant, end (or a little later) and size of every block, or of every block of one tenant.
    private func forEachBlock(of tenant: Int?, _ body: (Int, Int64, Int) -> Void) {
        table.live.forEach { number in
            let record = table.record(number)
            let log = record.pointee.log
            guard log.blockCount > 0 else { return }
            let owner = Int(tenants.source(record.pointee.source).pointee.tenant)
            if let tenant, tenant != owner { return }
            let entries = samples.directory(log)
            let count = Int(log.blockCount)
            for index in 0..<count {
                let end: Int64
                if index + 1 < count {
                    end = entries[index + 1].start &- 1
                } else {
                    end = log.headCount > 0 ? log.headBase &- 1 : log.newest
                }
                body(owner, end, samples.byteCount(entries[index]))
            }
        }
    }
}
