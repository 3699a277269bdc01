module go-fleet

go 1.19
