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

    /// What the manager does not take now is sent again; anything else is lost at once.
    @Test(arguments: [
        (EAGAIN, true), (ENOBUFS, true), (ENOMEM, true), (ECONNREFUSED, false), (ENOENT, false), (EMSGSIZE, false),
    ])
    func aFullQueueHasRoomLater(code: Int32, isFull: Bool) {
        #expect(Errno("send", code: code).isQueueFull == isFull)
    }

    /// A peer that is gone shows in a read or in a write.
    @Test(arguments: [(ECONNRESET, true), (EPIPE, true), (ECONNREFUSED, false), (ETIMEDOUT, false)])
    func aPeerThatIsGone(code: Int32, isReset: Bool) {
        #expect(Errno("send", code: code).isReset == isReset)
    }

    @Test(arguments: [(EACCES, true), (EPERM, true), (ENOENT, false), (EROFS, false)])
    func whatIsNotAllowed(code: Int32, isDenied: Bool) {
        #expect(Errno("open", code: code).isDenied == isDenied)
    }

    /// Neither other rights nor another path makes room on a disk.
    @Test(arguments: [(ENOSPC, "free disk space"), (EDQUOT, "free disk space"), (EACCES, "x"), (EROFS, "x")])
    func aFullDiskHasARemedyOfItsOwn(code: Int32, remedy: String) {
        #expect(Errno("write", code: code).remedy(orElse: "x") == remedy)
    }

    @Test func aResolverThatFailsForNowPasses() {
        let error = Errno.resolverFailing("Temporary failure in name resolution")
        #expect(error.isPassingShortage)
        #expect(error.description == "getaddrinfo: Temporary failure in name resolution")
        #expect(!Errno.unknownHost("Name or service not known").isPassingShortage)
    }

    /// Another address may still be listened on.
    @Test(arguments: [(EAFNOSUPPORT, true), (EADDRNOTAVAIL, true), (EADDRINUSE, false), (EACCES, false)])
    func aFamilyThatTheMachineLacks(code: Int32, isMissing: Bool) {
        #expect(Errno("bind", code: code).isAddressFamilyMissing == isMissing)
    }
}
