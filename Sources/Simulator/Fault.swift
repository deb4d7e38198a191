import MetricModel

/// Something that goes wrong in one plane for a while.
struct Fault {
    enum Kind: CaseIterable {
        /// Every run of the DAG fails.
        case failingDag
        /// The DAG takes several times as long as usual.
        case slowDag
        /// A run of the DAG does not end.
        case stuckRun
        /// The query processes less than what arrives.
        case laggingQuery
        /// The query is gone.
        case deadQuery
        /// Nothing comes from the plane at all.
        case silentPlane
        case schedulerDown
        case importError
    }

    var kind: Kind
    var plane: Int
    /// Index of the DAG or the query that it hits.
    var target: Int
    var begin: Timestamp
    var end: Timestamp

    func isActive(at time: Timestamp) -> Bool { begin <= time && time < end }
}

/// The faults of a simulation: a few that everyone should see first, then ever new ones by chance.
struct FaultSchedule {
    private(set) var faults: [Fault]
    private var random: RandomSource
    private var next: Timestamp
    private let planes: [PlaneSpecification]

    /// - Parameter present: the time at which a newcomer begins to look.
    init(seed: UInt64, planes: [PlaneSpecification], present: Timestamp) {
        random = RandomSource(seed: seed ^ 0xfa17)
        self.planes = planes
        func fault(_ kind: Fault.Kind, _ plane: Int, _ target: Int, from: Int64, to: Int64) -> Fault {
            Fault(
                kind: kind, plane: plane, target: target, begin: present + .seconds(from),
                end: present + .seconds(to))
        }
        faults = [
            fault(.laggingQuery, 0, 1, from: -15 * 60, to: 9 * 60),
            fault(.failingDag, 0, 1, from: -12 * 60, to: 6 * 60),
            fault(.stuckRun, 2, 0, from: -22 * 60, to: 12 * 60),
            fault(.slowDag, 1, 2, from: -7 * 60, to: 14 * 60),
            fault(.silentPlane, 3, 0, from: -6 * 60, to: 4 * 60),
            fault(.deadQuery, 1, 1, from: 30, to: 5 * 60),
            fault(.failingDag, 2, 2, from: -58 * 60, to: -41 * 60),
        ]
        next = present + .seconds(90)
    }

    /// Adds the faults that begin up to `time` and forgets those long over.
    mutating func advance(to time: Timestamp) {
        while next <= time {
            let plane = Int(random.next() % UInt64(planes.count))
            let kind = Fault.Kind.allCases[Int(random.next() % UInt64(Fault.Kind.allCases.count))]
            let targets: Int =
                switch kind {
                case .failingDag, .slowDag, .stuckRun: planes[plane].dags.count
                case .laggingQuery, .deadQuery: planes[plane].queries.count
                case .silentPlane, .schedulerDown, .importError: 1
                }
            let length = 180 + Int64(random.unit() * 900)
            faults.append(
                Fault(
                    kind: kind, plane: plane, target: Int(random.next() % UInt64(targets)), begin: next,
                    end: next + .seconds(length)))
            next = next + .seconds(120 + Int64(random.unit() * 360))
        }
        faults.removeAll { $0.end + .hours(1) < time }
    }

    func isActive(_ kind: Fault.Kind, plane: Int, target: Int = 0, at time: Timestamp) -> Bool {
        faults.contains {
            $0.kind == kind && $0.plane == plane && $0.target == target && $0.isActive(at: time)
        }
    }
}
