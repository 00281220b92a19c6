// Package databasetest gives tests a real PostgreSQL: a throw-away server from the host's own binaries.
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
	password = "it's \\ a password" // with the characters that have to be quoted
	// startTimeout is generous: the machine may be busy with a compile.
	startTimeout = time.Minute
)

// Server is a PostgreSQL server that listens on a Unix socket in a folder of its own, and on a loopback port.
type Server struct {
	folder   string
	port     string
	settings []string
	binaries string
	owner    *account // whom to run as, nil for who runs the test
	process  *exec.Cmd
}

// NewServer makes an empty server that does not run yet. It does not wait for disks: a test's data need not survive a
// power cut. It does survive Stop, so synchronous_commit stays on: without it PostgreSQL forgets what it confirmed last
// when it is killed, with or without a disk. Settings such as fsync=on win over what it is started with otherwise.
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
		return nil, fmt.Errorf("make a folder for the database: %w", err)
	}
	server := &Server{folder: folder, port: port, settings: settings, binaries: binaries, owner: owner}
	if err := server.initialise(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	return server, nil
}

func (s *Server) initialise(ctx context.Context) error {
	secret := filepath.Join(s.folder, "password")
	if err := os.WriteFile(secret, []byte(password), 0o600); err != nil {
		return fmt.Errorf("write the database's password: %w", err)
	}
	if s.owner != nil {
		for _, path := range []string{s.folder, secret} {
			if err := os.Chown(path, int(s.owner.Uid), int(s.owner.Gid)); err != nil {
				return fmt.Errorf("give the database's files to its user: %w", err)
			}
		}
	}
	command := s.command(ctx, "initdb", "--pgdata="+s.data(), "--username="+role, "--pwfile="+secret,
		"--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-sync")
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("make a database: initdb: %w\n%s", err, output)
	}
	return nil
}

// Start runs the server and returns when it answers.
func (s *Server) Start(ctx context.Context) error {
	log, err := os.Create(s.log())
	if err != nil {
		return fmt.Errorf("make the database's log: %w", err)
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
			return errors.Join(fmt.Errorf("postgres does not answer after %s: %w\n%s", startTimeout, err, output), s.Stop())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop ends the server at once, as if its machine had failed. It can be started again, with the same data.
func (s *Server) Stop() error {
	if s.process == nil {
		return nil
	}
	// SIGQUIT is PostgreSQL's immediate shutdown: it ends all of its processes and waits for no client.
	if err := s.process.Process.Signal(syscall.SIGQUIT); err != nil {
		return fmt.Errorf("stop postgres: %w", err)
	}
	_ = s.process.Wait() // its exit code after SIGQUIT says nothing
	s.process = nil
	return nil
}

// Remove stops the server and deletes its files.
func (s *Server) Remove() error {
	return errors.Join(s.Stop(), os.RemoveAll(s.folder))
}

// Config is how to connect to the server's database of that name, over its socket.
func (s *Server) Config(name string) contract.Database[string] {
	return contract.Database[string]{
		Host: s.folder, Port: s.port, Name: name, User: role, Password: password, SSLMode: "disable", MaxConnections: "10",
	}
}

// LoopbackConfig is Config for a process of its own, whose environment takes no socket for a host.
func (s *Server) LoopbackConfig(name string) contract.Database[string] {
	config := s.Config(name)
	config.Host = "127.0.0.1"
	return config
}

// Execute runs one statement in the database postgres, which every server has.
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
	command.Dir = s.folder // the test's own folder may be closed to the database's user
	command.SysProcAttr = attributes(s.owner)
	for _, variable := range os.Environ() {
		// Settings for a database of the person who runs the test are not for this one.
		if !strings.HasPrefix(variable, "PG") {
			command.Env = append(command.Env, variable)
		}
	}
	return command
}
