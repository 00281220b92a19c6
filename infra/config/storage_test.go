package config

import "testing"

func TestVolumesHaveASizeThatADatabaseNeedsAndDisksHave(t *testing.T) {
	for text, want := range map[string]bool{
		"1Gi": true, "256Mi": true, "64Ti": true, "65536Gi": true, "1023Mi": true,
		"255Mi": false, "1Mi": false, "65Ti": false, "65537Gi": false, "99999999Ti": false, "999999999Ti": false, "18446744073709551616Gi": false,
		"": false, "0": false, "0Gi": false, "1m": false, "-1Gi": false, "+1Gi": false, "1.5Gi": false, "1e3Gi": false, "1E3": false, "01Gi": false,
		"1": false, "1G": false, "1GiB": false, "1gi": false, "1 Gi": false, " 1Gi": false, "1Gi\n": false, "1Ei": false, "١Gi": false,
	} {
		if got := isVolumeSize(text); got != want {
			t.Errorf("%q is accepted: %t, want %t", text, got, want)
		}
	}
}
