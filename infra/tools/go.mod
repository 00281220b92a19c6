module example.com/kubernetes-networking/infra/tools

go 1.26.0
