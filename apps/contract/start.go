package contract

import "time"

// StartTimeout is how long /startupz waits until the app is prepared. The timeout of the startup probe must be longer.
const StartTimeout = 30 * time.Second
