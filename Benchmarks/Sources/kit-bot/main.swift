// The same sleeping program with the kit around it: health server, monitor, one check, restart loop, signals.

import KeepAliveKit

await KeepAlive.main {
    let keepAlive = try KeepAlive(name: "Sleeping Bot", version: "1.0.0", configuration: .fromEnvironment())
    keepAlive.check("nothing", every: .seconds(3600)) {}
    try await keepAlive.run { _ in
        while !Task.isCancelled {
            try await Task.sleep(for: .seconds(3600))
        }
    }
}
