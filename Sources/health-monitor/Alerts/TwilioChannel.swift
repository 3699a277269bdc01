import KeepAliveCurl

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Sends an SMS through Twilio.
///
/// Keys: `accountSid`, `authToken` (or `apiKey` with `apiSecret`), `to`, `from` (a number or sender id) or
/// `messagingServiceSid`, `apiUrl` (default `https://api.twilio.com`), `name`.
///
/// One number a channel: a retry after a partial success would text some people twice.
struct TwilioChannel: Channel {
    static let type = "twilio"
    let name: String
    private let account: String
    private let user: String
    private let password: String
    private let to: String
    private let sender: (field: String, value: String)
    private let api: String

    init(reading section: ConfigurationSection) {
        name = section.string("name", default: Self.type)
        account = section.string("accountSid")
        if !account.isEmpty, !account.hasPrefix("AC") || !account.utf8.allSatisfy(ASCIIName.isPart) {
            section.refuse("accountSid", "it is not the SID of an account: it begins with AC")
        }
        if section.has("apiKey") || section.has("apiSecret") {
            user = section.secret("apiKey")
            password = section.secret("apiSecret")
            if section.has("authToken") { section.refuse("authToken", "there is an apiKey too: give one of them") }
        } else {
            user = account
            password = section.secret("authToken")
        }
        to = section.string("to")
        if !to.isEmpty, !Self.isNumber(to) {
            section.refuse("to", "it is not a phone number: give + and the country's code, such as +15558675310")
        }
        switch (section.optionalString("from"), section.optionalString("messagingServiceSid")) {
        case (let from?, nil): sender = ("From", from)
        case (nil, let service?): sender = ("MessagingServiceSid", service)
        case (nil, nil):
            section.refuse("from", "is missing: give the number that sends, or a messagingServiceSid")
            sender = ("From", "")
        case (.some, .some):
            section.refuse("from", "there is a messagingServiceSid too: give one of them")
            sender = ("From", "")
        }
        let address = section.webAddress("apiUrl", default: "https://api.twilio.com")
        api = address.hasSuffix("/") ? String(address.dropLast()) : address
    }

    /// E.164: up to 15 digits.
    private static func isNumber(_ text: String) -> Bool {
        text.hasPrefix("+") && (3...16).contains(text.utf8.count) && String(text.dropFirst()).isDigits
    }

    var secrets: [String] { [password] }

    func send(_ event: AlertEvent, key: String, with client: HTTPClient) async -> Delivery {
        let form = [("To", to), (sender.field, sender.value), ("Body", ShortMessage.text(event))]
            .map { "\($0)=\(TemplateEscape.percent($1))" }.joined(separator: "&")
        let credentials = Data("\(user):\(password)".utf8).base64EncodedString()
        var request = HTTPClientRequest(
            url: "\(api)/2010-04-01/Accounts/\(account)/Messages.json", method: "POST",
            headers: [
                ("Content-Type", "application/x-www-form-urlencoded"), ("Authorization", "Basic \(credentials)"),
            ], body: Array(form.utf8), maximumResponseBytes: 1 << 16)
        // Twilio has queued the message, whatever follows.
        request.truncatesBody = true
        request.headSuffices = true
        do {
            return Delivery(try await client.send(request), from: "Twilio", hiding: secrets + [credentials])
        } catch {
            return Delivery(error, to: "Twilio")
        }
    }
}
