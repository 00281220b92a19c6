package main

import "golang.org/x/sys/unix"

// connectsSCTP is the label of the tests whose Pods connect over SCTP.
const connectsSCTP = "Feature:SCTPConnectivity"

// withoutSCTP excludes the tests that connect over SCTP. Without SCTP in the kernel, each would wait ten minutes for a
// server that cannot start.
func withoutSCTP(filter string) string { return "(" + filter + ") && !" + connectsSCTP }

// kernelHasSCTP reports whether programs can open SCTP sockets. The kernel loads its module on demand.
func kernelHasSCTP() bool {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_SCTP)
	if err != nil {
		return false
	}
	_ = unix.Close(socket)
	return true
}
