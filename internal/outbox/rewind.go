package outbox

// putBack makes one that was under way as if it had not been taken. Of the log that is
// rewind's.
func (w *window) putBack(it *item) {
	w.free(it)
	if it.stored {
		delete(w.retries, it.Position)
		w.forget(it.Parcel)
		return
	}
	w.makeReady(w.parcel(it.Parcel), it)
}

// rewind forgets what was not tried, as far as nothing that was tried comes after it in
// the log. What stays goes to event_retry.
func (w *window) rewind() {
	keep := len(w.log)
	for keep > 0 && (w.log[keep-1].state == ready || w.log[keep-1].state == waiting || w.log[keep-1].state == behind) {
		keep--
	}
	for _, it := range w.log[keep:] {
		p := w.parcel(it.Parcel)
		if it.state == behind {
			p.unstored--
		}
		if p.current == it {
			p.current = nil
		}
	}
	dropped := w.log[keep:]
	w.log = w.log[:keep]
	if len(dropped) > 0 {
		w.taken = dropped[0].Position - 1
	}
	for _, it := range dropped {
		p := w.parcel(it.Parcel)
		p.waiting = nil // those that stay are parked below
	}
	for _, it := range w.log {
		if it.state == waiting {
			it.state = behind
			w.parcel(it.Parcel).unstored++
			w.parcel(it.Parcel).waiting = nil
		}
	}
	for _, it := range w.queue {
		p := w.parcel(it.Parcel)
		switch {
		case it.stored:
			delete(w.retries, it.Position)
			p.current = nil
		case it.state == ready && p.current == it:
			p.current = nil
			it.state, it.wait = retried, 0
			p.unstored++
		}
	}
	w.queue = nil
	for name := range w.parcels {
		w.forget(name)
	}
}
