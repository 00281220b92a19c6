package main

import "testing"

func TestLastErrorOfALog(t *testing.T) {
	for _, c := range []struct{ name, log, want string }{
		{
			"etcd, before its stack trace",
			`{"level":"info","msg":"Opening db file"}
{"level":"error","logger":"bbolt","msg":"both meta pages are invalid, meta0: invalid database, meta1: invalid database"}
{"level":"panic","caller":"backend/backend.go:205","msg":"failed to open database","path":"/run/local/cluster/etcd/member/snap/db","error":"invalid database","stacktrace":"go.etcd.io"}
panic: failed to open database

goroutine 262 [running]:
go.etcd.io/etcd/server/v3/storage/backend.newBackend({{0x145827c39c80, 0x26}, 0x5f5e100})
	go.etcd.io/etcd/server/v3@v3.6.5/storage/backend/backend.go:205 +0x3b8
`,
			"failed to open database: /run/local/cluster/etcd/member/snap/db: invalid database",
		},
		{
			"a Go program's panic",
			"{\"level\":\"warn\",\"msg\":\"ignored file\"}\nunexpected fault address 0x7f433525b000\nfatal error: fault\n[signal SIGBUS: bus error]\n\ngoroutine 263:\n",
			"fatal error: fault",
		},
		{
			"the API server, with later lines of its clients",
			`I1124 18:26:37.422877      75 instance.go:240] Using reconciler: lease
F1124 18:26:57.195232      76 instance.go:233] Error creating leases: error creating storage factory: context deadline exceeded
W1124 18:26:57.424091      75 logging.go:55] [core] [Channel #7 SubChannel #8] grpc: addrConn.createTransport failed to connect
`,
			"Error creating leases: error creating storage factory: context deadline exceeded",
		},
		{
			"containerd",
			`time="2026-11-24T18:29:07Z" level=warning msg="failed to load plugin io.containerd.grpc.v1.cri" error="invalid database"
containerd: load required plugin io.containerd.grpc.v1.cri: failed to get services: invalid database
`,
			"load required plugin io.containerd.grpc.v1.cri: failed to get services: invalid database",
		},
		{"this program", "cluster: open /run/local/cluster/users/kubelet.conf: permission denied\n", "open /run/local/cluster/users/kubelet.conf: permission denied"},
		{"no error", "one\ntwo\n", "two"},
		{"empty", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := lastError([]byte(c.log)); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
