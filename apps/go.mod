module example.com/kubernetes-networking/apps

go 1.26.0
