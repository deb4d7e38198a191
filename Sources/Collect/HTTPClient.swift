import CCurl
import Glibc

/// A request to a source.
package struct HTTPRequest: Sendable {
    package enum Authorisation: Sendable {
        case none
        case basic(user: String, password: String)
        case bearer(String)
    }

    package var url: String
    package var authorisation: Authorisation = .none
    package var timeoutMilliseconds: Int = 10_000
    /// PEM file of the certificate authorities to trust; `nil` for the system's.
    package var authorityFile: String?

    package init(url: String) { self.url = url }
}

package struct HTTPResponse: Sendable {
    package var status: Int
    /// Names in lower case.
    package var headers: [String: String]
    package var body: [UInt8]
}

/// Why there is no answer to look at.
package enum HTTPFailure: Error, Sendable, Equatable {
    case timeout
    case refused
    /// The connection broke before the answer began.
    case reset
    /// The answer ended before its announced length.
    case incomplete
    case tooLarge(limit: Int)
    case tls(String)
    case other(String)

    /// A short word for labels.
    package var code: String {
        switch self {
        case .timeout: "timeout"
        case .refused: "refused"
        case .reset: "reset"
        case .incomplete: "incomplete"
        case .tooLarge: "too_large"
        case .tls: "tls"
        case .other: "network"
        }
    }
}

/// Fetches one URL after another over libcurl, keeping connections open. Belongs to one thread.
package final class HTTPClient {
    /// An Airflow page of 100 task instances is 120 kB; this leaves room for a careless proxy.
    package static let bodyBytesMax = 32 << 20

    private let handle: UnsafeMutableRawPointer

    private final class Received {
        var body: [UInt8] = []
        var headers: [String: String] = [:]
        var isTooLarge = false
    }

    /// libcurl wants this once, before any thread.
    package static func prepareLibrary() { curl_global_init(Int(CURL_GLOBAL_ALL)) }

    package init() {
        guard let handle = curl_easy_init() else { fatalError("out of memory") }
        self.handle = handle
    }

    deinit { curl_easy_cleanup(handle) }

    package func get(_ request: HTTPRequest) throws(HTTPFailure) -> HTTPResponse {
        let received = Received()
        let target = Unmanaged.passUnretained(received).toOpaque()
        curl_easy_reset(handle)
        var lists: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(lists) }
        lists = curl_slist_append(lists, "Accept: application/json")
        set(CURLOPT_URL, request.url)
        set(CURLOPT_USERAGENT, "planetop-collect")
        // Nothing but HTTP, and no redirect: a redirect of an API leads to a login page.
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        planetop_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        planetop_curl_set_long(handle, CURLOPT_TIMEOUT_MS, request.timeoutMilliseconds)
        planetop_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, min(request.timeoutMilliseconds, 5_000))
        set(CURLOPT_ACCEPT_ENCODING, "")
        if let file = request.authorityFile { set(CURLOPT_CAINFO, file) }
        switch request.authorisation {
        case .none: break
        case .basic(let user, let password):
            planetop_curl_set_long(handle, CURLOPT_HTTPAUTH, 1)
            set(CURLOPT_USERNAME, user)
            set(CURLOPT_PASSWORD, password)
        case .bearer(let token):
            lists = curl_slist_append(lists, "Authorization: Bearer \(token)")
        }
        planetop_curl_set_pointer(handle, CURLOPT_HTTPHEADER, lists)
        planetop_curl_set_write(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, target in
            let received = Unmanaged<Received>.fromOpaque(target!).takeUnretainedValue()
            let total = size * count
            guard received.body.count + total <= HTTPClient.bodyBytesMax else {
                received.isTooLarge = true
                return 0
            }
            received.body.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: total))
            return total
        }
        planetop_curl_set_pointer(handle, CURLOPT_WRITEDATA, target)
        planetop_curl_set_write(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, target in
            let received = Unmanaged<Received>.fromOpaque(target!).takeUnretainedValue()
            let line = String(
                decoding: UnsafeRawBufferPointer(start: bytes, count: size * count), as: UTF8.self)
            if line.hasPrefix("HTTP/") { received.headers.removeAll() }
            if let colon = line.firstIndex(of: ":") {
                let name = line[..<colon].lowercased()
                received.headers[name] = trimmed(line[line.index(after: colon)...])
            }
            return size * count
        }
        planetop_curl_set_pointer(handle, CURLOPT_HEADERDATA, target)
        let code = withExtendedLifetime(received) { curl_easy_perform(handle) }
        guard code == CURLE_OK else { throw failure(code, received) }
        var status = 0
        planetop_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        return HTTPResponse(status: status, headers: received.headers, body: received.body)
    }

    private func set(_ option: CURLoption, _ text: String) {
        // libcurl copies the text.
        _ = text.withCString { planetop_curl_set_pointer(handle, option, $0) }
    }

    private func failure(_ code: CURLcode, _ received: Received) -> HTTPFailure {
        switch code {
        case CURLE_OPERATION_TIMEDOUT: .timeout
        case CURLE_COULDNT_CONNECT: .refused
        case CURLE_PARTIAL_FILE: .incomplete
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR: .reset
        case CURLE_RECV_ERROR: received.headers.isEmpty ? .reset : .incomplete
        case CURLE_WRITE_ERROR where received.isTooLarge: .tooLarge(limit: Self.bodyBytesMax)
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE:
            .tls(String(cString: curl_easy_strerror(code)))
        default: .other(String(cString: curl_easy_strerror(code)))
        }
    }
}

/// `text` without the white space around it.
func trimmed(_ text: some StringProtocol) -> String {
    var rest = Substring(text)
    while let first = rest.first, first.isWhitespace { rest.removeFirst() }
    while let last = rest.last, last.isWhitespace { rest.removeLast() }
    return String(rest)
}

/// `text` as one part of a query string or of a path: everything but letters, digits and `-._~` is encoded.
///
/// Airflow answers 400 to a bare `+` in a date.
func percentEncoded(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            result.unicodeScalars.append(Unicode.Scalar(byte))
        default:
            let digits = String(byte, radix: 16, uppercase: true)
            result += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
        }
    }
    return result
}
