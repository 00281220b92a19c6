// Command server runs in the Pods of the end-to-end tests. On ports 8081 and 8082 it returns the addresses of server
// and client (see package who). On port 8080 it has an HTTP API through which a test connects or resolves names from
// the Pod. With the argument dial it connects to addresses instead, from its first instruction.
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest/who"
)

const resolvConf = "/etc/resolv.conf"

func main() {
	if len(os.Args) > 1 && os.Args[1] == "dial" {
		dial(os.Args[2:])
		return
	}
	for _, port := range []int{8081, 8082} {
		go func() { log.Fatal(who.Serve(port)) }()
	}
	http.HandleFunc("GET /ask", ask)
	http.HandleFunc("GET /lookup", lookup)
	http.HandleFunc("GET /query", query)
	http.HandleFunc("GET /resolv.conf", func(w http.ResponseWriter, _ *http.Request) {
		content, err := os.ReadFile(resolvConf)
		reply(w, string(content), err)
	})
	log.Fatal(http.ListenAndServe(":8080", nil))
}

// ask sends requests to the server at address, and replies with a line for each answer.
func ask(w http.ResponseWriter, r *http.Request) {
	times, err := strconv.Atoi(r.FormValue("times"))
	if err != nil {
		reply(w, "", err)
		return
	}
	var lines string
	for range times {
		answer, err := who.Ask(r.FormValue("network"), r.FormValue("address"), "", 2*time.Second)
		if err != nil {
			reply(w, "", err)
			return
		}
		lines += answer.String() + "\n"
	}
	reply(w, lines, nil)
}

// reply sends a text, or an error with a status that the API server's proxy does not change.
func reply(w http.ResponseWriter, text string, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	fmt.Fprint(w, text)
}
