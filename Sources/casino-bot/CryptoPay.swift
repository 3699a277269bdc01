import KeepAliveCurl

/// Checks that the Crypto Pay API knows this app (https://help.send.tg/en/articles/10279948-crypto-pay-api, getMe).
struct CryptoPay: Sendable {
    var baseURL = "https://pay.crypt.bot"
    let token: String
    let client: HTTPClient

    /// Throws when the API does not answer, or answers with an error.
    func ping() async throws {
        let response = try await client.send(
            HTTPClientRequest(
                url: "\(baseURL)/api/getMe", headers: [(name: "Crypto-Pay-API-Token", value: token)],
                timeout: .seconds(10)))
        guard response.status == 200 else { throw Refused(status: response.status) }
    }

    private struct Refused: Error, CustomStringConvertible {
        let status: Int
        var description: String { "the Crypto Pay API answers with status \(status)" }
    }
}
