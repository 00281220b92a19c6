package postgres

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// The layout of the control file, which the entrypoint relies on too: ControlFileData in PostgreSQL's
// src/include/catalog/pg_control.h. Offsets are in bytes.
const (
	controlVersion = 1300

	identifierOffset     = 0 // 8 bytes
	versionOffset        = 8
	writtenOffset        = 24  // when the file was written, 8 bytes
	checkpointTimeOffset = 104 // 8 bytes
	nonceOffset          = 256 // 32 bytes
	checksumOffset       = 288 // CRC-32C of all before it
	controlEnd           = 296
)

// anonymous returns the control file without what differs from one initialisation to the next: the image's digest must
// not, and each database has to get an identifier and a nonce of its own from the entrypoint.
func anonymous(control []byte) ([]byte, error) {
	if len(control) < controlEnd {
		return nil, fmt.Errorf("the control file has %d bytes, want at least %d", len(control), controlEnd)
	}
	if version := binary.LittleEndian.Uint32(control[versionOffset:]); version != controlVersion {
		return nil, fmt.Errorf("the control file is of version %d; identify in docker-entrypoint.sh knows %d", version, controlVersion)
	}
	sum := crc32.Checksum(control[:checksumOffset], crc32.MakeTable(crc32.Castagnoli))
	if binary.LittleEndian.Uint32(control[checksumOffset:]) != sum {
		return nil, fmt.Errorf("the control file has no CRC-32C of its first %d bytes behind them", checksumOffset)
	}
	result := append([]byte(nil), control[:checksumOffset]...)
	clear(result[identifierOffset : identifierOffset+8])
	clear(result[writtenOffset : writtenOffset+8])
	clear(result[checkpointTimeOffset : checkpointTimeOffset+8])
	clear(result[nonceOffset:])
	return result, nil
}
