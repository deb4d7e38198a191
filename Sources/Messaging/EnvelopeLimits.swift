import MetricModel

/// The limits of envelope v1; a message or a part of it beyond one of them is refused with the limit's figure.
package enum EnvelopeLimits {
    /// Bytes of a message as it arrives.
    package static let bodyBytesMax = 1 << 20
    /// Bytes of a message after decompression.
    package static let inflatedBytesMax = 8 << 20
    /// How many times larger than what arrived a message may become by decompression.
    package static let inflationRatioMax = 200
    package static let depthMax = 8

    package static let idBytesMax = 64
    package static let producerBytesMax = 128
    /// `seq` and every timestamp stay below it, so that any JSON library can carry them.
    package static let integerMax: Int64 = (1 << 53) - 1
    package static let intervalSecondsMin = 1.0
    package static let intervalSecondsMax = 86_400.0

    /// How old a message may be when it arrives.
    package static let ageMax = TimeSpan.hours(24)
    /// How far a producer's clock may be ahead before its times are corrected.
    package static let aheadMax = TimeSpan.minutes(5)

    package static let commonLabelsMax = 16
    package static let metricsMax = 2_000
    package static let pointsMax = 5_000
    package static let pointsPerMetricMax = 60
    package static let nameBytesMax = 200
    package static let helpBytesMax = 512
    package static let unitBytesMax = 64
    package static let labelsPerMetricMax = 24
    package static let labelNameBytesMax = 128
    package static let labelValueBytesMax = 512
    package static let bucketsMax = 64
    package static let quantilesMax = 64

    package static let eventsMax = 500
    package static let eventTextBytesMax = 1_024
    /// Bytes of an event's kind, subject and states, and of an error's source and code.
    package static let eventNameBytesMax = 512
    package static let errorsMax = 50
}
