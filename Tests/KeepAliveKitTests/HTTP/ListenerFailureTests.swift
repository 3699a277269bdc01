import Foundation
import KeepAlivePlatform
import Testing

@testable import KeepAliveKit

/// The meaning of a failed accept(2): the connection is gone, or it still waits and would make the loop spin.
struct ListenerFailureTests {
    @Test(arguments: [
        (EAGAIN, Socket.AcceptFailure.nobody), (ECONNABORTED, .gone), (EINTR, .gone), (EPROTO, .gone),
        (ENETUNREACH, .gone), (EMFILE, .noDescriptor), (ENFILE, .noDescriptor), (ENOMEM, .shortage),
        (ENOBUFS, .shortage), (EPERM, .shortage), (EINVAL, .shortage), (EBADF, .shortage),
    ])
    func means(code: Int32, failure: Socket.AcceptFailure) {
        #expect(Socket.AcceptFailure(Errno("accept", code: code)) == failure)
    }

    @Test(arguments: [(10, 2), (16, 2), (20, 2), (32, 8), (64, 24), (256, 120), (528, 256), (1 << 20, 256)])
    func fewDescriptorsAreFewConnections(descriptors: Int, connections: Int) {
        #expect(ServerCapacity().connections(descriptors: descriptors) == connections)
    }

    /// The system gives out the lowest free number, so number n shows that n are taken.
    @Test func theReserveIsToldByTheNewestNumber() {
        #expect(!DescriptorLimit.isLow(newest: 47, limit: 64))
        #expect(DescriptorLimit.isLow(newest: 48, limit: 64))
        #expect(DescriptorLimit.isLow(newest: 3, limit: 16))
    }

    @Test func theSoftLimitIsRaisedAndAReserveRequired() async {
        await #expect(processExitsWith: .success) {
            func set(_ soft: rlim_t, _ hard: rlim_t) {
                var limit = rlimit(rlim_cur: soft, rlim_max: hard)
                #if canImport(Glibc)
                    unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                #else
                    unsafe setrlimit(RLIMIT_NOFILE, &limit)
                #endif
            }
            set(200, 220)
            DescriptorLimit.raise()
            #expect(DescriptorLimit.current == 220)
            try DescriptorLimit.require(8)
            var taken: [Int32] = []
            while case let raw = dup(0), raw >= 0 { taken.append(raw) }
            #expect(throws: Errno("dup", code: EMFILE)) { try DescriptorLimit.require(1) }
            for raw in taken { close(raw) }
            try DescriptorLimit.require(8)
        }
    }
}
