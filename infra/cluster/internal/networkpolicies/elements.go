package networkpolicies

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
)

// elementBatch is the number of elements in one message to the kernel, whose length is limited to 64 KiB.
const elementBatch = 100

// writeElements writes the changed elements of sets and maps to the kernel, in one transaction. Most changes of a Pod are
// of this kind, and the program nft reads all chains of the table before it adds an element: 50 ms with 2,000 chains.
func writeElements(kernel *nftables.Conn, sets map[string]*set, names []string) error {
	for _, name := range names {
		s := sets[name]
		target := &nftables.Set{Table: &nftables.Table{Name: tableName, Family: nftables.TableFamilyIPv4}, Name: name, IsMap: s.isMap}
		var deleted, added []nftables.SetElement
		deletedKeys, addedKeys := s.difference()
		for _, member := range deletedKeys {
			key, err := encode(member)
			if err != nil {
				return err
			}
			deleted = append(deleted, nftables.SetElement{Key: key})
		}
		for _, member := range addedKeys {
			key, err := encode(member)
			if err != nil {
				return err
			}
			added = append(added, s.want[member].encode(key))
		}
		for batch := range slices.Chunk(deleted, elementBatch) {
			if err := kernel.SetDeleteElements(target, batch); err != nil {
				return err
			}
		}
		for batch := range slices.Chunk(added, elementBatch) {
			if err := kernel.SetAddElements(target, batch); err != nil {
				return err
			}
		}
	}
	return kernel.Flush()
}

// encode returns the bytes of a set's element: addresses and ports, each in whole words of four bytes.
func encode(member string) ([]byte, error) {
	var key []byte
	for _, field := range strings.Split(member, " . ") {
		if port, err := strconv.ParseUint(field, 10, 16); err == nil {
			key = append(binary.BigEndian.AppendUint16(key, uint16(port)), 0, 0)
			continue
		}
		ip, err := netip.ParseAddr(field)
		if err != nil {
			return nil, fmt.Errorf("write %q to a set: %w", member, err)
		}
		key = append(key, ip.AsSlice()...)
	}
	return key, nil
}

func (e element) encode(key []byte) nftables.SetElement {
	encoded := nftables.SetElement{Key: key, Comment: *comment(e.comment)}
	if chain, isVerdict := strings.CutPrefix(e.verdict, "goto "); isVerdict {
		encoded.VerdictData = &expr.Verdict{Kind: expr.VerdictGoto, Chain: chain}
	}
	return encoded
}
