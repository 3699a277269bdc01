import KeepAliveCurl
import KeepAliveTestSupport
import Testing

@testable import KeepAliveCasinoBot

@Suite(.timeLimit(.minutes(1)))
struct CryptoPayTests {
    private let token = "12345:AAcryptoSecret"
    private let client = HTTPClient()

    @Test func asksWithItsToken() async throws {
        let server = try HTTPListener()
        try await CryptoPay(baseURL: server.url, token: token, client: client).ping()
        let request = try await server.waitForRequest()
        #expect(request.target == "/api/getMe")
        #expect(request.headers["Crypto-Pay-API-Token"] == token)
    }

    @Test(arguments: [401, 404, 429, 500, 302])
    func refusalsAreToldWithoutTheToken(status: Int) async throws {
        let server = try HTTPListener(status: status)
        let error = await #expect(throws: (any Error).self) {
            try await CryptoPay(baseURL: server.url, token: token, client: client).ping()
        }
        #expect(error.map { "\($0)" }?.contains("\(status)") == true)
        #expect(error.map { "\($0)" }?.contains(token) == false)
    }

    @Test func silenceIsToldWithoutTheToken() async throws {
        let server = try HTTPListener()
        try server.stopListening()
        let error = await #expect(throws: HTTPClientError.self) {
            try await CryptoPay(baseURL: server.url, token: token, client: client).ping()
        }
        #expect(error.map { "\($0)" }?.contains(token) == false)
    }
}
