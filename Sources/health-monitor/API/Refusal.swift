import KeepAliveKit
import KeepAliveToolSupport

/// Why the server refuses a request, with the status and headers of the answer.
struct Refusal: Error, Equatable {
    let status: HTTPStatus
    let reason: String
    /// Whole header lines, each with its CR LF.
    var fields = ""

    init(_ status: HTTPStatus, _ reason: String, fields: String = "") {
        self.status = status
        self.reason = reason
        self.fields = fields
    }

    /// A parameter with a bad value.
    static func parameter(_ name: String, _ value: String, allowed: String) -> Refusal {
        Refusal(.badRequest, "\(name): \"\(value.prefix(60))\" is not allowed: give \(allowed)")
    }

    static func unknownParameter(_ name: String, allowed: [String]) -> Refusal {
        let known = allowed.isEmpty ? "there are none" : "there are \(allowed.joined(separator: ", "))"
        return Refusal(.badRequest, "\"\(name.prefix(60))\" is not a parameter of this path: \(known)")
    }

    static let tooManyReads = Refusal(
        .unavailable, "too many reads of the history wait already: try again in 1 s", fields: "Retry-After: 1\r\n")

    static func noService(_ name: String, among names: [String]) -> Refusal {
        let known =
            names.isEmpty
            ? "none is configured"
            : "there are \(names.prefix(20).joined(separator: ", "))\(names.count > 20 ? " and others" : "")"
        // In a large fleet a near name is too slow to find.
        let question = names.count <= 500 ? NearestWord.question(name, among: names) : ""
        return Refusal(
            .notFound, "unknown service \"\(name.prefix(60))\"\(question.isEmpty ? ":" : question) \(known)")
    }
}
