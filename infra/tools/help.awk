# help.awk prints the commands of a Makefile: the targets with a ## comment, below the headings that begin with ##@.
BEGIN { FS = ":.*## "; print "Usage: make <command> [STACK=dev]" }
/^##@/ { printf "\n%s\n", substr($0, 5) }
/^[a-z0-9-]+:.*## / { printf "  %-15s %s\n", $1, $2 }
END {
	print "\nSTACK=name works on every command. The stack dev uses the embedded cluster; every other stack the cluster"
	print "that its Pulumi.<name>.yaml names, and your own Pulumi backend and passphrase."
}
