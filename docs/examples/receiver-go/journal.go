package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
)

// remembered is of how many ids: an event that comes again after so many others is new.
const remembered = 500_000

// journal is a file with a line for each event: its id, a blank, its body. A table whose
// primary key is the id does as well, and serves several receivers.
type journal struct {
	mu   sync.Mutex
	file *os.File
	size int64 // of whole lines
	ids  map[string]bool
	ring []string // the same ids in their order: the oldest is forgotten first
}

func open(name string) (*journal, error) {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	j := &journal{file: file, ids: map[string]bool{}}
	for lines := bufio.NewReader(file); ; {
		line, err := lines.ReadString('\n')
		if err == io.EOF { // what may follow was cut by a crash and never answered, so it comes again
			return j, file.Truncate(j.size)
		}
		if err != nil {
			return nil, err
		}
		id, _, _ := strings.Cut(line, " ")
		j.remember(id)
		j.size += int64(len(line))
	}
}

func (j *journal) remember(id string) {
	if len(j.ring) == remembered {
		delete(j.ids, j.ring[0])
		j.ring = j.ring[1:]
	}
	j.ids[id], j.ring = true, append(j.ring, id)
}

// In JSON a line ends between values only, where a blank is as good.
var oneLine = strings.NewReplacer("\n", " ", "\r", " ")

// add tells whether the event is new. When it returns, the event is on the disk.
func (j *journal) add(id string, body []byte) (bool, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.ids[id] {
		return false, nil
	}
	n, err := fmt.Fprintf(j.file, "%s %s\n", id, oneLine.Replace(string(body)))
	if err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		return false, errors.Join(err, j.file.Truncate(j.size))
	}
	j.size += int64(n)
	j.remember(id)
	return true, nil
}
