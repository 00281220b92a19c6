package stack

import (
	"cmp"
	"context"
	"fmt"
	"os/signal"
	"strings"
	"syscall"

	"example.com/kubernetes-networking/apps/contract/nearest"
	"example.com/kubernetes-networking/apps/contract/outline"
	"example.com/kubernetes-networking/infra/tools/internal/changes"
	"example.com/kubernetes-networking/infra/tools/internal/progress"
)

// LabRequest is what the arguments of `make lab` request: the list, or a switch to the lab Name, empty for none.
type LabRequest struct {
	List bool
	Name string
}

// ParseLab parses ON=name or OFF=1.
func ParseLab(arguments []string) (LabRequest, error) {
	given := map[string]string{}
	for _, argument := range arguments {
		name, value, _ := strings.Cut(argument, "=")
		given[name] = value
	}
	on, isOn := given["ON"]
	off, isOff := given["OFF"]
	_, known := outline.Find(on)
	switch {
	case isOn && isOff:
		return LabRequest{}, fmt.Errorf("ON and OFF exclude each other: %s turns the active lab off", makeCommand("lab OFF=1"))
	case isOff && off != "1":
		return LabRequest{}, fmt.Errorf("OFF must be 1, not %q: %s turns the active lab off", off, makeCommand("lab OFF=1"))
	case isOff:
		return LabRequest{}, nil
	case !isOn:
		return LabRequest{List: true}, nil
	case on == "":
		return LabRequest{}, fmt.Errorf("ON is empty: %s lists the labs, and %s turns the active one off", makeCommand("lab"), makeCommand("lab OFF=1"))
	case !known:
		closest := nearest.Name(on, outline.Names())
		return LabRequest{}, fmt.Errorf("there is no lab %q, the nearest one is %s: %s", on, closest, makeCommand("lab ON="+closest))
	}
	return LabRequest{Name: on}, nil
}

// labState is the lab in the configuration and the one that is deployed, empty for none.
type labState struct {
	configured, deployed string
	outputs              map[string]any
}

func (s *Stack) labState(ctx context.Context) (labState, error) {
	outputs, err := s.outputs(ctx)
	if err != nil {
		return labState{}, err
	}
	if len(outputs) == 0 {
		return labState{}, errNothingDeployed()
	}
	configured, err := s.pulumi(ctx, nil, "config", "get", "lab", "--non-interactive")
	if err != nil {
		return labState{}, fmt.Errorf("read the configuration of the stack: %s", reason(err))
	}
	return labState{strings.TrimSpace(string(configured)), labOf(outputs), outputs}, nil
}

// ListLabs prints each lab in a line, and marks the active one.
func (s *Stack) ListLabs(ctx context.Context) error {
	state, err := s.labState(ctx)
	fmt.Fprint(s.out, "Each lab breaks the demo in one way, between orders and products:\n\n")
	for _, lab := range outline.Labs() {
		line := fmt.Sprintf("%-19s %s", lab.Name, lab.Fault)
		if lab.Name == state.deployed {
			fmt.Fprintln(s.out, progress.New(s.out).Bold(fmt.Sprintf("* %-68s active", line)))
		} else {
			fmt.Fprintln(s.out, "  "+line)
		}
	}
	fmt.Fprintln(s.out)
	switch {
	case err != nil:
		fmt.Fprintf(s.out, "None is active: %v\n", err)
	case state.configured != state.deployed:
		fmt.Fprintf(s.out, "The configuration has %s, and %s is deployed: %s deploys it\n", orNone(state.configured), orNone(state.deployed), makeCommand("up"))
	case state.deployed == "":
		fmt.Fprintf(s.out, "None is active.   turn one on  %s\n", makeCommand("lab ON=wrong-port"))
	default:
		fmt.Fprintf(s.out, "turn it off  %s   another one  %s\n", makeCommand("lab OFF=1"), makeCommand("lab ON=name"))
	}
	return nil
}

func orNone(lab string) string {
	if lab == "" {
		return "no lab"
	}
	return "the lab " + lab
}

// SwitchLab deploys this lab, or none if name is empty. It reverts an update that is interrupted.
func (s *Stack) SwitchLab(ctx context.Context, name string) error {
	state, err := s.labState(ctx)
	if ctx.Err() != nil {
		return Interruption("interrupted; nothing was changed")
	}
	if err != nil {
		return err
	}
	if name == state.configured && name == state.deployed {
		if name == "" {
			fmt.Fprintf(s.out, "No lab is active.   turn one on  %s\n", makeCommand("lab ON=wrong-port"))
			return nil
		}
		fmt.Fprintf(s.out, "The lab %s is active already.\n\n", name)
		s.printHints(state.outputs, name)
		return nil
	}
	if err := s.Recover(ctx); err != nil {
		return err
	}
	if err := s.configureLab(context.WithoutCancel(ctx), name); err != nil {
		return err
	}
	update, err := s.update(ctx, "lab "+cmp.Or(name, "off"))
	if err != nil {
		return s.revert(ctx, state.configured, update, err)
	}
	headline := "No lab is active any more: the demo is as declared."
	if lab, found := outline.Find(name); found {
		headline = fmt.Sprintf("The lab %s is active: %s.", name, lab.Fault)
	}
	fmt.Fprintln(s.out, progress.New(s.out).Bold(headline))
	s.printChanges(update)
	fmt.Fprintln(s.out)
	s.printHints(state.outputs, name)
	return nil
}

// mostChanges is how many changes are printed. A lab has up to four; others come from edits, such as of the code.
const mostChanges = 8

func (s *Stack) printChanges(update changes.Update) {
	for i, change := range update.Changes {
		if i == mostChanges {
			fmt.Fprintf(s.out, "  and %d more, in %s\n", len(update.Changes)-i, updateLog)
			return
		}
		fmt.Fprint(s.out, change.Text())
	}
}

// printHints prints where the effect of the lab shows, and how to turn it off. Without a lab it prints where to look.
func (s *Stack) printHints(outputs map[string]any, name string) {
	explorer, forward := explorerAddress(outputs)
	if forward != "" {
		fmt.Fprintf(s.out, "  first  %s\n", forward)
	}
	lab, found := outline.Find(name)
	if !found {
		fmt.Fprintf(s.out, "  look   %s\n  check  %s\n", explorer, makeCommand("verify"))
		return
	}
	show := strings.Replace(lab.Show, "kubectl ", fmt.Sprintf("kubectl -n %v ", outputs["namespace"]), 1)
	fmt.Fprintf(s.out, "  look   %s, at the arrow %s: %s\n", explorer, lab.Arrow, lab.Code)
	fmt.Fprintf(s.out, "  read   %s/labs/%s\n", explorer, name)
	fmt.Fprintf(s.out, "  show   in %s:\n         %s\n", makeCommand("shell"), show)
	fmt.Fprintf(s.out, "  check  %s\n", makeCommand("verify"))
	fmt.Fprintf(s.out, "  off    %s\n", makeCommand("lab OFF=1"))
}

// configureLab writes the lab to the configuration of the stack.
func (s *Stack) configureLab(ctx context.Context, name string) error {
	arguments := []string{"config", "set", "lab", name, "--non-interactive"}
	if name == "" {
		arguments = []string{"config", "rm", "lab", "--non-interactive"}
	}
	if _, err := s.pulumi(ctx, nil, arguments...); err != nil {
		return fmt.Errorf("write the configuration of the stack: %s", reason(err))
	}
	return nil
}

// revert ends an update that failed. It restores the configuration if nothing was changed. After an interrupt it also
// deploys it again, which a second interrupt ends.
func (s *Stack) revert(ctx context.Context, before string, update changes.Update, failed error) error {
	interrupted := ctx.Err() != nil
	ctx, stop := signal.NotifyContext(context.WithoutCancel(ctx), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if !interrupted && len(update.Changes) > 0 {
		return fmt.Errorf("%w; objects that were changed before that: %d; run %s to revert them", failed, len(update.Changes), makeCommand("lab OFF=1"))
	}
	if err := s.configureLab(ctx, before); err != nil {
		return err
	}
	switch {
	case len(update.Changes) == 0 && interrupted:
		return Interruption("interrupted; nothing was changed")
	case len(update.Changes) == 0:
		return fmt.Errorf("%w; nothing was changed", failed)
	}
	s.report.Printf("interrupted: changing back what was changed")
	if _, err := s.update(ctx, "changing back"); err != nil {
		return Interruption(fmt.Sprintf("interrupted, and the demo could not be restored: run %s to deploy its earlier configuration", makeCommand("up")))
	}
	return Interruption("interrupted; everything is as before")
}

// Interruption is an error that describes the state after an interrupt.
type Interruption string

func (i Interruption) Error() string { return string(i) }
