import MetricModel

/// When each source was last heard from: what tells an alert that ended from one whose data stopped coming.
package struct SourceFreshness: Sendable {
    /// One plane of one tenant.
    package struct Source: Sendable, Hashable {
        package var tenant: String
        package var plane: String

        package init(tenant: String, plane: String) {
            self.tenant = tenant
            self.plane = plane
        }
    }

    package struct Contact: Sendable, Equatable {
        package var newest: Timestamp
        /// The declared cadence.
        package var interval: TimeSpan?
        /// How far back what was received reaches; `nil` when all of its past is there.
        package var oldest: Timestamp?

        package init(newest: Timestamp, interval: TimeSpan? = nil, oldest: Timestamp? = nil) {
            self.newest = newest
            self.interval = interval
            self.oldest = oldest
        }
    }

    /// A source is overdue when its newest sample is older than this many of its intervals: one message is missing, and
    /// a window that needs two samples may be empty already.
    package var overdueFactor = 1.5
    /// For sources that declare no cadence.
    package var overdueAfter = TimeSpan.minutes(5)
    /// Never sooner than this, whatever the cadence.
    package var overdueMin = TimeSpan.seconds(30)
    /// After a restart a source must have been heard for so long before what it does not say means anything: other
    /// messages of the same plane may come as rarely as every five minutes, and one of them may be late.
    package var settlingMin = TimeSpan(milliseconds: 450_000)

    private var contacts: [Source: Contact] = [:]

    package init() {}

    package subscript(source: Source) -> Contact? {
        get { contacts[source] }
        set { contacts[source] = newValue }
    }

    /// When the sources that `labels` name were last heard from, if all of them are overdue at `now`.
    ///
    /// Labels without `tenant` or `plane` name every source that fits; labels that fit no known source name none.
    package func silentSince(_ labels: LabelSet, at now: Timestamp) -> Timestamp? {
        let tenant = labels["tenant"]
        let plane = labels["plane"]
        if let tenant, let plane {
            return contacts[Source(tenant: tenant, plane: plane)].flatMap { overdueSince($0, at: now) }
        }
        var newest: Timestamp?
        for (source, contact) in contacts
        where (tenant == nil || source.tenant == tenant) && (plane == nil || source.plane == plane) {
            guard let since = overdueSince(contact, at: now) else { return nil }
            newest = max(newest ?? since, since)
        }
        return newest
    }

    /// Whether what was received reaches back far enough to tell that a condition ended which looks back over `reach`;
    /// `nil` when no source that `labels` name was heard at all.
    func isSettled(_ labels: LabelSet, reach: TimeSpan, at now: Timestamp) -> Bool? {
        let tenant = labels["tenant"]
        let plane = labels["plane"]
        var isKnown = false
        for (source, contact) in contacts
        where (tenant == nil || source.tenant == tenant) && (plane == nil || source.plane == plane) {
            isKnown = true
            guard let oldest = contact.oldest else { continue }
            let cadence = TimeSpan(
                milliseconds: Int64(Double((contact.interval ?? .zero).milliseconds) * overdueFactor))
            if now - oldest < max(reach, cadence, settlingMin) { return false }
        }
        return isKnown ? true : nil
    }

    private func overdueSince(_ contact: Contact, at now: Timestamp) -> Timestamp? {
        let limit =
            contact.interval.map {
                max(TimeSpan(milliseconds: Int64(Double($0.milliseconds) * overdueFactor)), overdueMin)
            } ?? overdueAfter
        return now - contact.newest > limit ? contact.newest : nil
    }
}
