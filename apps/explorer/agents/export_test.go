package agents

import (
	"time"

	"golang.org/x/time/rate"
)

// LimitPages has pages cause so many measurements at once, and one an hour after.
func (a *Agents) LimitPages(burst int) { a.pages = rate.NewLimiter(rate.Every(time.Hour), burst) }
