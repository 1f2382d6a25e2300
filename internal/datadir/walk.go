package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// linksMax is how many links a path may lead through, as in the kernel.
const linksMax = 40

// walk goes down an absolute path, element by element, and gives the directory that
// it leads to. mkdir, if not nil, makes the elements that are missing.
//
// Each directory on the way belongs to root or to us, and others cannot replace what
// is in it: they may not write to it, or it is sticky as /tmp is, where they can
// rename and remove only what is theirs. So what was found on the way down stays, and
// the path is safe to use afterwards. Links are followed where only root and we can
// have made them, but for the last element.
func walk(path string, mkdir func(string) error) (string, error) {
	at, rest := "/", elements(path)
	info, err := os.Lstat(at)
	if err == nil {
		err = checkParent(at, info)
	}
	if err != nil {
		return "", err
	}
	for links := 0; len(rest) > 0; {
		next, last := filepath.Join(at, rest[0]), len(rest) == 1
		rest = rest[1:]
		info, err := lstatOrMake(next, mkdir)
		switch {
		case err != nil:
		case info.Mode().Type() == fs.ModeSymlink:
			if err = checkLink(at, next, info, last); err != nil {
				break
			}
			if links++; links > linksMax {
				err = fmt.Errorf("%s leads through more than %d links", path, linksMax)
				break
			}
			var target string
			target, err = os.Readlink(next)
			rest = append(elements(target), rest...)
			if filepath.IsAbs(target) {
				at = "/"
			}
		case last:
			at, err = next, checkDir(next, info)
		default:
			at, err = next, checkParent(next, info)
		}
		if err != nil {
			return "", err
		}
	}
	return at, nil
}

// lstatOrMake is Lstat that makes a directory which is missing.
func lstatOrMake(path string, mkdir func(string) error) (fs.FileInfo, error) {
	info, err := os.Lstat(path)
	if mkdir == nil || !errors.Is(err, fs.ErrNotExist) {
		return info, err
	}
	if err := mkdir(path); err != nil {
		return nil, err
	}
	return os.Lstat(path)
}

// elements are the names in a path.
func elements(path string) (names []string) {
	for name := range strings.SplitSeq(path, "/") {
		if name != "" && name != "." {
			names = append(names, name)
		}
	}
	return names
}
