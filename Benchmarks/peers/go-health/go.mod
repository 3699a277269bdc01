module benchmarks/go-health

go 1.19
