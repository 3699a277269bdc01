import Foundation
import Testing

@testable import KeepAlivePlatform

struct ErrnoTests {
    @Test(arguments: [EMFILE, ENFILE, ENOMEM, ENOBUFS, EAGAIN, ENOSPC, EDQUOT])
    func shortagesPass(code: Int32) {
        #expect(Errno("open", code: code).isPassingShortage)
    }

    @Test(arguments: [0, ENOENT, EACCES, EADDRINUSE, EINVAL, EROFS, ENOEXEC, EIO])
    func othersDoNot(code: Int32) {
        #expect(!Errno("open", code: code).isPassingShortage)
    }

    @Test func aResolverThatFailsForNowPasses() {
        let error = Errno.resolverFailing("Temporary failure in name resolution")
        #expect(error.isPassingShortage)
        #expect(error.description == "getaddrinfo: Temporary failure in name resolution")
        #expect(!Errno.unknownHost("Name or service not known").isPassingShortage)
    }
}
