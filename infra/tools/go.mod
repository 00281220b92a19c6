module example.com/kubernetes-networking/infra/tools

go 1.26.0

require gopkg.in/yaml.v3 v3.0.1

require (
	golang.org/x/mod v0.34.0 // indirect
	golang.org/x/sync v0.20.0 // indirect
	golang.org/x/tools v0.43.0
)

require github.com/agext/levenshtein v1.2.3 // indirect

replace example.com/kubernetes-networking/apps => ../../apps

require example.com/kubernetes-networking/apps v0.0.0
