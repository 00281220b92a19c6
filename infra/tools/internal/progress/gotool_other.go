//go:build !linux

package progress

// goToolWork returns "": only Linux has /proc.
func goToolWork(int) string { return "" }
