// Package databasetest starts a temporary PostgreSQL server for tests, from the binaries of the host. A package's TestMain
// calls Main; its tests call Open.
package databasetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"example.com/kubernetes-networking/apps/contract"
)

const (
	role     = "tester"
	password = "it's \\ a password" // with characters that must be quoted
	// startTimeout is generous, because the machine may be busy with a compile.
	startTimeout = time.Minute
)

// Server is a PostgreSQL server with its own folder. It listens on a Unix socket there, and on a loopback port.
type Server struct {
	folder   string
	port     string
	settings []string
	binaries string
	owner    *account // the user to run as, nil for the current one
	process  *exec.Cmd
}

// NewServer initializes an empty server without starting it. The server does not wait for disks, because a test's data need
// not survive a power failure. The data does survive Stop, so synchronous_commit stays on: without it, PostgreSQL loses its
// last commits when it is killed. Settings such as fsync=on override the defaults.
func NewServer(ctx context.Context, settings ...string) (*Server, error) {
	binaries, err := findBinaries()
	if err != nil {
		return nil, err
	}
	owner, err := findOwner()
	if err != nil {
		return nil, err
	}
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "databasetest")
	if err != nil {
		return nil, fmt.Errorf("create a folder for the database: %w", err)
	}
	server := &Server{folder: folder, port: port, settings: settings, binaries: binaries, owner: owner}
	if err := server.initialize(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return server, nil
}

func (s *Server) initialize(ctx context.Context) error {
	secret := filepath.Join(s.folder, "password")
	if err := os.WriteFile(secret, []byte(password), 0o600); err != nil {
		return fmt.Errorf("write the database's password: %w", err)
	}
	if s.owner != nil {
		for _, path := range []string{s.folder, secret} {
			if err := os.Chown(path, int(s.owner.Uid), int(s.owner.Gid)); err != nil {
				return fmt.Errorf("change the owner of the database's files: %w", err)
			}
		}
	}
	command := s.command(ctx, "initdb", "--pgdata="+s.data(), "--username="+role, "--pwfile="+secret,
		"--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync")
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("run initdb: %w\n%s", err, output)
	}
	return nil
}

// Start starts the server and blocks until it responds.
func (s *Server) Start(ctx context.Context) error {
	log, err := os.Create(s.log())
	if err != nil {
		return fmt.Errorf("create the log of the database: %w", err)
	}
	defer log.Close()
	// The process outlives the context of its start; Stop ends it.
	arguments := []string{"-D", s.data(), "-k", s.folder, "-p", s.port}
	for _, setting := range append([]string{
		"listen_addresses=127.0.0.1", "fsync=off", "full_page_writes=off",
	}, s.settings...) {
		arguments = append(arguments, "-c", setting)
	}
	s.process = s.command(context.WithoutCancel(ctx), "postgres", arguments...)
	s.process.Stdout, s.process.Stderr = log, log
	if err := s.process.Start(); err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		err := s.Execute(ctx, "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			output, _ := os.ReadFile(s.log())
			return errors.Join(fmt.Errorf("postgres does not respond after %s: %w\n%s", startTimeout, err, output), s.Stop())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop ends the server at once, like a failure of its machine. Start restarts it with the same data.
func (s *Server) Stop() error {
	if s.process == nil {
		return nil
	}
	// SIGQUIT is PostgreSQL's immediate shutdown, which does not wait for clients.
	if err := s.process.Process.Signal(syscall.SIGQUIT); err != nil {
		return fmt.Errorf("stop postgres: %w", err)
	}
	_ = s.process.Wait() // after SIGQUIT the exit code has no meaning
	s.process = nil
	return nil
}

// Remove stops the server and deletes its files.
func (s *Server) Remove() error {
	return errors.Join(s.Stop(), os.RemoveAll(s.folder))
}

// Config returns the connection to a database of the server over its socket.
func (s *Server) Config(name string) contract.Database[string] {
	return contract.Database[string]{
		Host: s.folder, Port: s.port, Name: name, User: role, Password: password, SSLMode: "disable", MaxConnections: "10",
	}
}

// LoopbackConfig returns the connection over TCP, for another process: the contract does not accept a socket as a host.
func (s *Server) LoopbackConfig(name string) contract.Database[string] {
	config := s.Config(name)
	config.Host = "127.0.0.1"
	return config
}

// Execute runs one statement in the database postgres, which always exists.
func (s *Server) Execute(ctx context.Context, statement string) error {
	config, err := pgx.ParseConfig("dbname=postgres sslmode=disable")
	if err != nil {
		return fmt.Errorf("read the database's settings: %w", err)
	}
	port, err := strconv.ParseUint(s.port, 10, 16)
	if err != nil {
		return fmt.Errorf("read the database's port: %w", err)
	}
	config.Host, config.Port, config.User, config.Password = s.folder, uint16(port), role, password
	connection, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	_, err = connection.Exec(ctx, statement)
	return errors.Join(err, connection.Close(ctx))
}

func (s *Server) data() string { return filepath.Join(s.folder, "data") }

func (s *Server) log() string { return filepath.Join(s.folder, "log") }

func (s *Server) command(ctx context.Context, name string, arguments ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, filepath.Join(s.binaries, name), arguments...)
	command.Dir = s.folder // the database's user may not be able to enter the current folder
	command.SysProcAttr = attributes(s.owner)
	for _, variable := range os.Environ() {
		// Drop the PG* settings of the user who runs the test.
		if !strings.HasPrefix(variable, "PG") {
			command.Env = append(command.Env, variable)
		}
	}
	return command
}
