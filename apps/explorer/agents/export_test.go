package agents

import (
	"time"

	"golang.org/x/time/rate"
)

// LimitPages lets pages start burst measurements at once, and then one per hour.
func (a *Agents) LimitPages(burst int) { a.pages = rate.NewLimiter(rate.Every(time.Hour), burst) }
