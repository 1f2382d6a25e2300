package datadir

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// OpenFile opens a file that is ours alone, or makes it with the flag os.O_CREATE.
// A link, or a file that somebody else owns, may read or may write, is an error that
// says what to do. What is checked is what was opened.
func (d *Dir) OpenFile(name string, flag int) (*os.File, error) {
	for {
		named, err := d.root.Lstat(name)
		if errors.Is(err, fs.ErrNotExist) && flag&os.O_CREATE != 0 {
			f, err := d.root.OpenFile(name, flag|os.O_EXCL, 0o600)
			if errors.Is(err, fs.ErrExist) {
				continue // another process of ours was quicker
			}
			return f, err
		}
		if err != nil {
			return nil, err
		}
		if !named.Mode().IsRegular() {
			return nil, checkFile(d.Join(name), named)
		}
		// Whatever it has become since, opening it neither waits nor empties it.
		f, err := d.root.OpenFile(name, flag&^(os.O_CREATE|os.O_TRUNC)|syscall.O_NONBLOCK, 0)
		if errors.Is(err, fs.ErrNotExist) {
			continue // another process of ours removed it
		}
		if err != nil {
			return nil, err
		}
		opened, err := f.Stat()
		if err == nil {
			err = checkFile(d.Join(name), opened)
		}
		if err != nil {
			f.Close()
			return nil, err
		}
		return f, nil
	}
}

// fileMax is far more than any file has that is read whole.
const fileMax = 1 << 20

// ReadFile reads a file that OpenFile opens.
func (d *Dir) ReadFile(name string) ([]byte, error) {
	f, err := d.OpenFile(name, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, fileMax+1))
	if err == nil && len(text) > fileMax {
		err = fmt.Errorf("%s has more than %d bytes", d.Join(name), fileMax)
	}
	return text, err
}

// WriteFile writes a file for us alone, whole or not at all: readers see the former
// one or this one. What had the name, were it a link, is replaced and not written to.
func (d *Dir) WriteFile(name string, text []byte) error {
	tmp := name + "." + rand.Text()
	f, err := d.root.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err == nil {
		err = d.root.Rename(tmp, name)
	}
	if err != nil {
		return errors.Join(err, d.root.Remove(tmp))
	}
	return nil
}
