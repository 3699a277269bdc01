-- What wrk says at its end, as one line: requests, requests per second, p99 in milliseconds, failures.
function done(summary, latency, _)
    local errors = summary.errors
    io.write(string.format("RESULT\t%d\t%.1f\t%.3f\t%d\n",
        summary.requests, summary.requests / (summary.duration / 1e6), latency:percentile(99) / 1e3,
        errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
