import KeepAlivePlatform
import Testing

struct SignalRelayTests {
    @Test(arguments: [(SIGTERM, "SIGTERM"), (SIGINT, "SIGINT"), (SIGHUP, "SIGHUP"), (SIGUSR1, "signal \(SIGUSR1)")])
    func aSignalHasItsName(signal: Int32, name: String) {
        #expect(SignalRelay.name(signal) == name)
    }
}
