/// The answer to a Bot API call, before any fault is applied.
enum BotAnswer {
    case result([UInt8])
    case failure(Int, String, JSON? = nil)

    static func result(_ value: JSON) -> BotAnswer { .result(value.encoded) }

    var status: Int { if case .failure(let status, _, _) = self { status } else { 200 } }

    var body: [UInt8] {
        switch self {
        case .result(let encoded):
            return Array(#"{"ok":true,"result":"#.utf8) + encoded + Array("}".utf8)
        case .failure(let code, let description, let parameters):
            var object: [String: JSON] = [
                "ok": false, "error_code": .integer(Int64(code)), "description": .string(description),
            ]
            object["parameters"] = parameters
            return JSON.object(object).encoded
        }
    }

    /// The real server's description for an error, if the test sets none.
    static func usualDescription(_ code: Int, parameters: JSON?) -> String {
        switch code {
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden: bot was blocked by the user"
        case 404: "Not Found"
        case 409:
            "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
        case 429: "Too Many Requests: retry after \(parameters?["retry_after"]?.integer ?? 0)"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        default: "Internal Server Error"
        }
    }

    static func reason(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 409: "Conflict"
        case 429: "Too Many Requests"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        default: "Status"
        }
    }
}
