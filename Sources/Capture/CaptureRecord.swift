import Messaging
import MetricModel

/// One record of a capture.
package struct CaptureRecord: Sendable, Equatable {
    package enum Content: Sendable, Equatable {
        /// A recording began.
        case header(CaptureHeader)
        /// A delivery as it arrived.
        case message(Delivery)
        /// Something changed: an alert, the link, a gap, the recorder itself.
        case state(CaptureState)
        /// What somebody wanted to remember at this point.
        case note(String)
        /// A recording ended in order.
        case footer(CaptureFooter)
    }

    /// When it was recorded; never before the record before it, whatever the clock did.
    package var time: Timestamp
    package var content: Content

    package init(time: Timestamp, content: Content) {
        self.time = time
        self.content = content
    }
}

/// What begins a section of a capture: one run of a recorder.
package struct CaptureHeader: Sendable, Equatable {
    /// Format version, `1.0`.
    package var version: String
    /// The recording program and its version.
    package var program: String
    package var host: String
    /// A UUID.
    package var section: String
    /// Whether an earlier recording in the same file ended without a footer and goes on here.
    package var continues: Bool
    /// Bytes of an unfinished record that were cut off the end of that recording.
    package var cutBytes: Int

    package init(
        program: String, host: String, section: String, version: String = CaptureFormat.version,
        continues: Bool = false, cutBytes: Int = 0
    ) {
        self.version = version
        self.program = program
        self.host = host
        self.section = section
        self.continues = continues
        self.cutBytes = cutBytes
    }
}

/// A change of state.
package struct CaptureState: Sendable, Equatable {
    /// `alert`, `link`, `gap`, `recorder`.
    package var kind: String
    /// What changed its state.
    package var subject: String
    package var from: String
    package var to: String
    package var text: String

    package init(kind: String, subject: String, from: String = "", to: String, text: String = "") {
        self.kind = kind
        self.subject = subject
        self.from = from
        self.to = to
        self.text = text
    }
}

/// What ends a section in order.
package struct CaptureFooter: Sendable, Equatable {
    /// Records of the section, header included, footer not.
    package var records: Int
    package var messages: Int
    /// Messages that could not be recorded.
    package var lost: Int
    /// Of the checksums of all records: from 0, each time the CRC-32 of the sum so far and the next, both big-endian.
    package var checksum: UInt32

    package init(records: Int, messages: Int, lost: Int, checksum: UInt32) {
        self.records = records
        self.messages = messages
        self.lost = lost
        self.checksum = checksum
    }
}
