import Diagnostics
import JSON
import MetricModel

/// Fetches JSON from a source and says exactly what is wrong when it is not JSON that comes.
struct JSONSource {
    /// `airflow` or `prometheus`, for errors.
    let name: String
    /// Without a slash at its end.
    let baseURL: String
    let authorisation: HTTPRequest.Authorisation
    let timeoutMilliseconds: Int
    let authorityFile: String?
    private let client: HTTPClient
    private(set) var requestCount = 0
    /// The source's clock minus ours, from the `Date` of its last answer; whole seconds, as HTTP has no finer ones.
    private(set) var clockSkew: TimeSpan?

    init(
        name: String, baseURL: String, authorisation: HTTPRequest.Authorisation, timeoutMilliseconds: Int,
        authorityFile: String?, client: HTTPClient
    ) {
        self.name = name
        self.baseURL = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
        self.authorisation = authorisation
        self.timeoutMilliseconds = timeoutMilliseconds
        self.authorityFile = authorityFile
        self.client = client
    }

    /// - Parameter now: our clock, to compare the answer's date with.
    mutating func get(
        _ path: String, _ query: [(String, String)] = [], now: () -> Timestamp
    ) throws(SourceProblem) -> JSONValue {
        var url = baseURL + path
        if !query.isEmpty {
            url += "?" + query.map { "\(percentEncoded($0))=\(percentEncoded($1))" }.joined(separator: "&")
        }
        var request = HTTPRequest(url: url)
        request.authorisation = authorisation
        request.timeoutMilliseconds = timeoutMilliseconds
        request.authorityFile = authorityFile
        requestCount += 1
        let response: HTTPResponse
        do {
            response = try client.get(request)
        } catch {
            throw SourceProblem(source: name, code: error.code, text: "GET \(path): \(words(error))")
        }
        if let date = response.headers["date"], let server = CalendarTime.timestamp(httpDate: date) {
            let skew = server - now()
            // The date is cut to its second, so less than one and a half means that the clocks agree.
            clockSkew = abs(skew.milliseconds) < 1500 ? .zero : skew
        }
        return try json(response, path: path)
    }

    private func json(_ response: HTTPResponse, path: String) throws(SourceProblem) -> JSONValue {
        let type = response.headers["content-type"] ?? ""
        let isHTML = type.hasPrefix("text/html")
        // Prometheus explains 4xx and 503 in a JSON body, so the body is read before the status is judged.
        let parsed: Result<JSONValue, Problem>
        do { parsed = .success(try JSONValue.parse(response.body)) } catch { parsed = .failure(error) }
        if response.status != 200 {
            var text = "GET \(path): status \(response.status)"
            if isHTML { text += " with an HTML page" }
            if case .success(let value) = parsed {
                for key in ["title", "detail", "errorType", "error"] {
                    if let word = value[key]?.string { text += ", \(word)" }
                }
            }
            throw SourceProblem(
                source: name, code: "http_\(response.status)", text: text,
                retryAfterSeconds: response.headers["retry-after"].flatMap { Int($0) })
        }
        if response.body.isEmpty {
            throw SourceProblem(source: name, code: "empty", text: "GET \(path): an empty answer")
        }
        switch parsed {
        case .success(let value): return value
        case .failure(let problem):
            if isHTML {
                throw SourceProblem(
                    source: name, code: "html",
                    text: "GET \(path): an HTML page in place of JSON; a login page stands before the API")
            }
            throw SourceProblem(source: name, code: "garbled", text: "GET \(path): not JSON: \(problem.what)")
        }
    }

    private func words(_ failure: HTTPFailure) -> String {
        switch failure {
        case .timeout: "no answer within \(timeoutMilliseconds) ms"
        case .refused: "connection refused"
        case .reset: "connection reset"
        case .incomplete: "the answer ended early"
        case .tooLarge(let limit): "the answer is larger than \(limit) bytes"
        case .tls(let text): "TLS: \(text)"
        case .other(let text): text
        }
    }
}
