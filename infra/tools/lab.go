package main

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
)

// labRequest is what the arguments of `make lab` ask for: a list, or the lab that is to be active, empty for none.
type labRequest struct {
	list bool
	name string
}

// parseLab reads ON=name and OFF=1.
func parseLab(arguments []string) (labRequest, error) {
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
		return labRequest{}, fmt.Errorf("ON and OFF exclude each other: %s turns the active lab off", makeCommand("lab OFF=1"))
	case isOff && off != "1":
		return labRequest{}, fmt.Errorf("OFF must be 1, not %q: %s turns the active lab off", off, makeCommand("lab OFF=1"))
	case isOff:
		return labRequest{}, nil
	case !isOn:
		return labRequest{list: true}, nil
	case on == "":
		return labRequest{}, fmt.Errorf("ON is empty: %s lists the labs, and %s turns the active one off", makeCommand("lab"), makeCommand("lab OFF=1"))
	case !known:
		closest := nearest.Name(on, outline.Names())
		return labRequest{}, fmt.Errorf("there is no lab %q, the nearest one is %s: %s", on, closest, makeCommand("lab ON="+closest))
	}
	return labRequest{name: on}, nil
}

// labState is the lab in the configuration, and the one that is deployed; empty for none.
type labState struct {
	configured, deployed string
	outputs              map[string]any
}

func (b *builder) labState(ctx context.Context) (labState, error) {
	outputs, err := b.outputs(ctx)
	if err != nil {
		return labState{}, err
	}
	if len(outputs) == 0 {
		return labState{}, nothingDeployed()
	}
	configured, err := b.pulumi(ctx, nil, "config", "get", "lab", "--non-interactive")
	if err != nil {
		return labState{}, fmt.Errorf("read the configuration of the stack: %s", reason(err))
	}
	return labState{strings.TrimSpace(string(configured)), labOf(outputs), outputs}, nil
}

// listLabs prints the labs in a line each, and marks the active one.
func (b *builder) listLabs(ctx context.Context) error {
	state, err := b.labState(ctx)
	fmt.Fprintln(b.out, "Each lab breaks the demo in one way, between orders and products:")
	fmt.Fprintln(b.out)
	for _, lab := range outline.Labs() {
		line := fmt.Sprintf("%-19s %s", lab.Name, lab.Fault)
		if lab.Name == state.deployed {
			fmt.Fprintln(b.out, b.screen().bold(fmt.Sprintf("* %-68s active", line)))
		} else {
			fmt.Fprintln(b.out, "  "+line)
		}
	}
	fmt.Fprintln(b.out)
	switch {
	case err != nil:
		fmt.Fprintf(b.out, "None is active: %v\n", err)
	case state.configured != state.deployed:
		fmt.Fprintf(b.out, "The configuration has %s, and %s is deployed: %s deploys it\n", orNone(state.configured), orNone(state.deployed), makeCommand("up"))
	case state.deployed == "":
		fmt.Fprintf(b.out, "None is active.   turn one on  %s\n", makeCommand("lab ON=wrong-port"))
	default:
		fmt.Fprintf(b.out, "turn it off  %s   another one  %s\n", makeCommand("lab OFF=1"), makeCommand("lab ON=name"))
	}
	return nil
}

func orNone(lab string) string {
	if lab == "" {
		return "no lab"
	}
	return "the lab " + lab
}

// switchLab makes this lab the active one, and none if it is empty. An update that is interrupted is taken back.
func (b *builder) switchLab(ctx context.Context, name string) error {
	state, err := b.labState(ctx)
	if ctx.Err() != nil {
		return interruption("interrupted; nothing was changed")
	}
	if err != nil {
		return err
	}
	if name == state.configured && name == state.deployed {
		if name == "" {
			fmt.Fprintf(b.out, "No lab is active.   turn one on  %s\n", makeCommand("lab ON=wrong-port"))
			return nil
		}
		fmt.Fprintf(b.out, "The lab %s is active already.\n\n", name)
		b.whereToLook(state.outputs, name)
		return nil
	}
	if err := b.recover(ctx); err != nil {
		return err
	}
	if err := b.configureLab(context.WithoutCancel(ctx), name); err != nil {
		return err
	}
	update, err := b.update(ctx, "lab "+cmp.Or(name, "off"))
	if err != nil {
		return b.takeBack(ctx, state.configured, update, err)
	}
	lab, _ := outline.Find(name)
	if name == "" {
		fmt.Fprintln(b.out, b.screen().bold("No lab is active any more: the demo is as declared."))
	} else {
		fmt.Fprintln(b.out, b.screen().bold(fmt.Sprintf("The lab %s is active: %s.", name, lab.Fault)))
	}
	b.printChanges(update)
	fmt.Fprintln(b.out)
	b.whereToLook(state.outputs, name)
	return nil
}

// mostChanges is how many changes are printed. A lab has up to four; the rest is something else that changed, such as code.
const mostChanges = 8

func (b *builder) printChanges(update changes.Update) {
	for i, change := range update.Changes {
		if i == mostChanges {
			fmt.Fprintf(b.out, "  and %d more, in %s\n", len(update.Changes)-i, b.updateLog())
			return
		}
		fmt.Fprint(b.out, change.Text())
	}
}

// configureLab writes the lab to the stack's configuration, as pulumi config does.
func (b *builder) configureLab(ctx context.Context, name string) error {
	arguments := []string{"config", "set", "lab", name, "--non-interactive"}
	if name == "" {
		arguments = []string{"config", "rm", "lab", "--non-interactive"}
	}
	if _, err := b.pulumi(ctx, nil, arguments...); err != nil {
		return fmt.Errorf("write the configuration of the stack: %s", reason(err))
	}
	return nil
}

// takeBack ends an update that failed. The configuration is as before if nothing has changed. After an interrupt, what has
// changed is changed back; a second one ends that, too.
func (b *builder) takeBack(ctx context.Context, before string, update changes.Update, failed error) error {
	again, stop := signal.NotifyContext(context.WithoutCancel(ctx), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	interrupted := ctx.Err() != nil
	if !interrupted && len(update.Changes) > 0 {
		return fmt.Errorf("%w; %d objects were changed before that: %s takes them back", failed, len(update.Changes), makeCommand("lab OFF=1"))
	}
	if err := b.configureLab(again, before); err != nil {
		return err
	}
	switch {
	case len(update.Changes) == 0 && interrupted:
		return interruption("interrupted; nothing was changed")
	case len(update.Changes) == 0:
		return fmt.Errorf("%w; nothing was changed", failed)
	}
	b.report.say("interrupted: changing back what was changed")
	if _, err := b.update(again, "changing back"); err != nil {
		return interruption(fmt.Sprintf("interrupted, and the demo is not as before: %s deploys the configuration, which is", makeCommand("up")))
	}
	return interruption("interrupted; everything is as before")
}

// interruption is what an interrupt has left.
type interruption string

func (i interruption) Error() string { return string(i) }
