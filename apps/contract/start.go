package contract

import "time"

// StartTimeout is how long /startupz waits at most until an app is prepared. The timeout of the startup probe has to be
// longer.
const StartTimeout = 30 * time.Second
