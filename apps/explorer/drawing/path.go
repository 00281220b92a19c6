package drawing

import (
	"fmt"
	"strings"
)

// radius is the radius of an arrow's corners.
const radius = 9

type point struct{ x, y int }

// path returns an SVG path through the points, with round corners. Neighbouring points share a coordinate.
func path(points ...point) string {
	var drawn strings.Builder
	last := len(points) - 1
	for i, at := range points {
		switch i {
		case 0:
			fmt.Fprintf(&drawn, "M%d %d", at.x, at.y)
		case last:
			fmt.Fprintf(&drawn, " L%d %d", at.x, at.y)
		default:
			before, after := toward(at, points[i-1]), toward(at, points[i+1])
			fmt.Fprintf(&drawn, " L%d %d Q%d %d %d %d", before.x, before.y, at.x, at.y, after.x, after.y)
		}
	}
	return drawn.String()
}

// toward returns the point where a corner at from begins or ends: at most halfway to the next corner.
func toward(from, to point) point {
	return point{from.x + step(to.x-from.x), from.y + step(to.y-from.y)}
}

func step(distance int) int {
	return max(-radius, -abs(distance)/2, min(radius, abs(distance)/2, distance))
}

func abs(number int) int { return max(number, -number) }
