package postgres

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// The layout of the control file, ControlFileData in PostgreSQL's src/include/catalog/pg_control.h. Offsets are in
// bytes. The entrypoint relies on it as well.
const (
	controlVersion = 1300

	identifierOffset     = 0 // 8 bytes
	versionOffset        = 8
	writtenOffset        = 24  // time of the last write, 8 bytes
	checkpointTimeOffset = 104 // 8 bytes
	nonceOffset          = 256 // 32 bytes
	checksumOffset       = 288 // CRC-32C of all bytes before
	controlEnd           = 296
)

// anonymous returns the control file with zeros for the values that differ between initialisations, so that the image's
// digest does not change. The entrypoint gives each database its own identifier and nonce.
func anonymous(control []byte) ([]byte, error) {
	if len(control) < controlEnd {
		return nil, fmt.Errorf("the control file has %d bytes, want at least %d", len(control), controlEnd)
	}
	if version := binary.LittleEndian.Uint32(control[versionOffset:]); version != controlVersion {
		return nil, fmt.Errorf("the control file has version %d; docker-entrypoint.sh expects %d", version, controlVersion)
	}
	sum := crc32.Checksum(control[:checksumOffset], crc32.MakeTable(crc32.Castagnoli))
	if binary.LittleEndian.Uint32(control[checksumOffset:]) != sum {
		return nil, fmt.Errorf("the control file does not contain a CRC-32C of its first %d bytes", checksumOffset)
	}
	result := append([]byte(nil), control[:checksumOffset]...)
	clear(result[identifierOffset : identifierOffset+8])
	clear(result[writtenOffset : writtenOffset+8])
	clear(result[checkpointTimeOffset : checkpointTimeOffset+8])
	clear(result[nonceOffset:])
	return result, nil
}
