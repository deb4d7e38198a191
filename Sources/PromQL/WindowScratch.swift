/// Memory that kernels work in, kept from one series to the next so that a series allocates nothing.
final class WindowScratch {
    private var doubles: [UnsafeMutableBufferPointer<Double>] = []
    private var indices: [UnsafeMutableBufferPointer<Int>] = []

    /// Memory number `slot` with room for `count` values; what it held is lost when it has to grow.
    func doubles(_ slot: Int, _ count: Int) -> UnsafeMutablePointer<Double> {
        Self.grown(&doubles, slot, count)
    }

    /// The same for indices.
    func indices(_ slot: Int, _ count: Int) -> UnsafeMutablePointer<Int> {
        Self.grown(&indices, slot, count)
    }

    private static func grown<Element>(
        _ memory: inout [UnsafeMutableBufferPointer<Element>], _ slot: Int, _ count: Int
    ) -> UnsafeMutablePointer<Element> {
        while memory.count <= slot { memory.append(.allocate(capacity: 64)) }
        if memory[slot].count < count {
            memory[slot].deallocate()
            memory[slot] = .allocate(capacity: max(count, 2 * memory[slot].count))
        }
        return memory[slot].baseAddress.unsafelyUnwrapped
    }

    deinit {
        for memory in doubles { memory.deallocate() }
        for memory in indices { memory.deallocate() }
    }
}
