package topology

import (
	"strings"
	"testing"
)

func TestACallThatBreaksARuleIsRefused(t *testing.T) {
	clients, orders := &Workload{Name: "clients"}, &Workload{Name: "orders"}
	database := &Workload{Name: "clients-database", Owner: clients}
	stranger := &Workload{Name: "stranger"}
	server := Host{Name: "db.example.com", Port: 5432, Scheme: "postgresql"}
	for _, c := range []struct {
		name string
		call Call
		want string // in the error; empty for none
	}{
		{"of a service", Call{From: clients, To: orders, Variable: "ORDERS_URL"}, ""},
		{"of the other one", Call{From: orders, To: clients, Variable: "CLIENTS_URL"}, ""},
		{"of its own database", Call{From: clients, To: database, Variable: "DATABASE_HOST"}, ""},
		{"to a server outside", Call{From: orders, To: server, Variable: "DATABASE_HOST"}, ""},
		{"of another database", Call{From: orders, To: database, Variable: "DATABASE_HOST"}, "orders calls clients-database, which belongs to clients alone"},
		{"to a workload outside", Call{From: orders, To: stranger, Variable: "URL"}, "orders calls stranger, which is not among the workloads"},
		{"from a workload outside", Call{From: stranger, To: orders, Variable: "ORDERS_URL"}, "stranger has the variable ORDERS_URL"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Of([]*Workload{clients, orders, database}, []Call{c.call})
			if (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want %q", err, c.want)
			}
		})
	}
}

func TestEveryWrongCallIsNamed(t *testing.T) {
	clients, orders := &Workload{Name: "clients"}, &Workload{Name: "orders"}
	_, err := Of([]*Workload{clients}, []Call{{From: clients, To: orders}}, []Call{{From: orders, To: clients}})
	if err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("error is %v, want two lines", err)
	}
}
