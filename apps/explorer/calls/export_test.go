package calls

// Rounds is how many rounds of measurements are over.
func (o *Observer) Rounds() int {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.rounds
}
