import Foundation
import KeepAlivePlatform
import Testing

@testable import KeepAliveKit

#if os(Linux)
    struct ProcessGuardTests {
        /// Neither its pipe nor its threads: what is to be raised is named after what is missing.
        @Test(arguments: [RLIMIT_NOFILE, RLIMIT_AS].map(\.rawValue))
        func aStartThatFailsNamesTheLimit(of limit: UInt32) async {
            await #expect(processExitsWith: .exitCode(0)) { [limit] in
                let resource = __rlimit_resource_t(limit)
                var before = rlimit()
                unsafe getrlimit(resource, &before)
                var little = before
                little.rlim_cur = 1
                unsafe setrlimit(resource, &little)
                let started = Result { () throws(KeepAliveError) in try ProcessGuard.shared.startOrSay() }
                unsafe setrlimit(resource, &before)
                guard case .failure(let error) = started, error.kind == .system else { _exit(98) }
                let remedy =
                    limit == RLIMIT_NOFILE.rawValue ? "ulimit -n, LimitNOFILE=" : "ulimit -u, TasksMax="
                if !error.description.hasSuffix("raise the limit: \(remedy)") { _exit(97) }
            }
        }
    }
#endif
