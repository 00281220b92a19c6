package contract

import "time"

// StartTimeout limits how long /startupz waits for an app to be prepared. The timeout of the startup probe must be longer.
const StartTimeout = 30 * time.Second
