import KeepAliveKit
import KeepAlivePlatform

/// The content of a response.
struct APIContent {
    var body: [UInt8]
    var contentType: StaticString = "application/json"
    var status = HTTPStatus.ok
    /// Whole header lines, each with its CR LF.
    var fields = ""

    init(_ body: [UInt8]) {
        self.body = body
    }
}

/// A request to answer, now or later, from any thread.
struct APICall: Sendable {
    private let form: HTTPResponse
    private let place: AnswerPlace
    private let mailbox: Mailbox

    init(_ request: HTTPRequest, from peer: HTTPPeer, mailbox: Mailbox) {
        form = HTTPResponse(to: request)
        place = peer.place
        self.mailbox = mailbox
    }

    /// Sends the deferred answer.
    func answer(with content: () throws(Refusal) -> APIContent) {
        var bytes: [UInt8] = []
        do {
            append(try content(), to: &bytes)
        } catch {
            refuse(error, to: &bytes)
        }
        mailbox.post(.answer(place, bytes))
    }

    func append(_ content: APIContent, to output: inout [UInt8]) {
        var stamp = Timestamper()
        var form = form
        form.status = content.status
        form.contentType = content.contentType
        form.extraFields = Array(content.fields.utf8)
        form.append(body: content.body, at: .now(), stamp: &stamp, to: &output)
    }

    /// Writes the refusal with its reason.
    func refuse(_ refusal: Refusal, to output: inout [UInt8]) {
        var stamp = Timestamper()
        var form = form
        form.status = refusal.status
        form.extraFields = Array(refusal.fields.utf8)
        form.append(body: Self.error(refusal.reason), at: .now(), stamp: &stamp, to: &output)
    }

    /// `{"error":…,"timestamp":…}`
    static func error(_ reason: String) -> [UInt8] {
        JSONWriter.document { json in
            json.field("error", reason)
            json.field("timestamp", .now())
        }
    }
}
