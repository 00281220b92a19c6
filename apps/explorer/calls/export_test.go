package calls

// Rounds returns the number of completed rounds.
func (o *Observer) Rounds() int {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.rounds
}
