package config

import (
	"regexp"
	"strconv"
)

// The bounds of a volume's size in MiB. A new PostgreSQL database takes 40 MiB, and its write-ahead log grows to
// several times that under load. The largest volumes of cloud providers have 64 TiB.
const (
	minVolume = 256
	maxVolume = 64 << 20
)

var volumeSize = regexp.MustCompile(`^([1-9][0-9]{0,8})(Mi|Gi|Ti)$`)

// isVolumeSize reports whether a database's volume can have this size.
func isVolumeSize(text string) bool {
	parts := volumeSize.FindStringSubmatch(text)
	if parts == nil {
		return false
	}
	count, err := strconv.ParseInt(parts[1], 10, 64)
	size := count * map[string]int64{"Mi": 1, "Gi": 1 << 10, "Ti": 1 << 20}[parts[2]]
	return err == nil && size >= minVolume && size <= maxVolume
}
