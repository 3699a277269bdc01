import Foundation
import KeepAliveKit
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

    #if !os(macOS)
        /// In a process of its own, as the limit is the whole process's.
        @Test func aFileThatCannotBeReadForWantOfDescriptorsIsNoWrongConfiguration() async {
            await #expect(processExitsWith: .exitCode(71)) {
                // One that exists wherever the test runs.
                let file = "/etc/passwd"
                var limit = rlimit(rlim_cur: 0, rlim_max: 0)
                setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
                do throws(KeepAliveError) {
                    try Settings(environmentFile: file).check()
                } catch {
                    exit(error.exitCode)
                }
                exit(0)
            }
        }
    #endif
}
