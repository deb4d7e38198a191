extension Annotation {
    /// As Prometheus prints it: with line and column of `query`, like ` (1:5)`.
    package func text(in query: String) -> String { describe(self, in: query) }
}

extension QueryError: CustomStringConvertible {
    /// What went wrong, worded as Prometheus words it.
    package var description: String { describe(self) }
}
