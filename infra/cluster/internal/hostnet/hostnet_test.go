package hostnet_test

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"example.com/kubernetes-networking/infra/cluster/internal/hostnet"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener
}

// A client that sends its request, closes its side and then reads, as some do, must get its answer.
func TestForwardPassesOnTheEndOfEachSideAlone(t *testing.T) {
	server, front := listen(t), listen(t)
	go hostnet.Forward(t.Context(), front, server.Addr().String())
	go func() {
		conn, err := server.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		request, _ := io.ReadAll(conn) // ends only when the client's side has
		_, _ = conn.Write(append([]byte("you said "), request...))
	}()

	client, err := net.Dial("tcp4", front.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if err := client.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(client)
	if err != nil || string(answer) != "you said hello" {
		t.Errorf("answer is %q, %v, want %q", answer, err, "you said hello")
	}
}

func TestForwardClosesTheClientWhereNobodyAnswers(t *testing.T) {
	gone, front := listen(t), listen(t)
	gone.Close()
	go hostnet.Forward(t.Context(), front, gone.Addr().String())
	client, err := net.Dial("tcp4", front.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if n, err := client.Read(make([]byte, 1)); n != 0 || err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read %d bytes, %v, want the end of the connection", n, err)
	}
}

func TestForwardEndsWithItsListener(t *testing.T) {
	front := listen(t)
	ended := make(chan struct{})
	go func() {
		hostnet.Forward(t.Context(), front, "127.0.0.1:1")
		close(ended)
	}()
	front.Close()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("Forward goes on after its listener is closed")
	}
}
