import Dashboard
import SeriesStore

/// Dashboards find the values of their variables in the store as it is.
extension SeriesStore: LabelSource {}
