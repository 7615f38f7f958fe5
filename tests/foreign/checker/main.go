// Command checker reads and writes logs with golang.org/x/mod/sumdb, which nobody here wrote: its hashing, its
// tiles, its proofs and its notes. What it adds is only what that package does not know of the C2SP formats: the
// paths of tiles, entry bundles, the text of a checkpoint, and cosignatures of type 04.
//
// Usage:
//
//	checker [-log VKEY] [-witness VKEY]... [-earlier FILE] log FOLDER
//	checker [-log VKEY] [-witness VKEY]... [-entry HEX] receipt FILE
//	checker [-log VKEY] [-earlier FILE] add-checkpoint FILE
//	checker write FOLDER SIGNING-KEY COUNT
//
// It ends with 0 and one line about what it checked, or with 1 and what is wrong.
package main

import (
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

type several []string

func (s *several) String() string     { return fmt.Sprint(*s) }
func (s *several) Set(v string) error { *s = append(*s, v); return nil }

type asked struct {
	log       string
	witnesses several
	earlier   string
	entry     string
}

func main() {
	var a asked
	flag.StringVar(&a.log, "log", "", "verifying key of the log")
	flag.Var(&a.witnesses, "witness", "verifying key of a witness that must have cosigned")
	flag.StringVar(&a.earlier, "earlier", "", "file with a checkpoint that was kept")
	flag.StringVar(&a.entry, "entry", "", "the entry of a receipt without an opening, in hexadecimal")
	flag.Parse()
	said, err := a.run(flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "refused:", err)
		os.Exit(1)
	}
	fmt.Println(said)
}

func (a *asked) run(words []string) (string, error) {
	switch {
	case len(words) == 2 && words[0] == "log":
		return a.checkLog(words[1])
	case len(words) == 2 && words[0] == "receipt":
		return a.checkReceipt(words[1])
	case len(words) == 2 && words[0] == "add-checkpoint":
		return a.checkSubmission(words[1])
	case len(words) == 4 && words[0] == "write":
		count, err := strconv.ParseInt(words[3], 10, 64)
		if err != nil {
			return "", err
		}
		return writeLog(words[1], words[2], count)
	}
	return "", fmt.Errorf("usage: checker [flags] log|receipt|add-checkpoint PATH, or write FOLDER KEY COUNT")
}

// checkLog hashes every entry, compares every hash tile, and proves consistency from the earlier checkpoint.
func (a *asked) checkLog(folder string) (string, error) {
	text, err := os.ReadFile(folder + "/checkpoint")
	if err != nil {
		return "", err
	}
	now, err := openCheckpoint(text, a.log, a.witnesses)
	if err != nil {
		return "", err
	}
	tree, err := hashEntries(folder, now.size)
	if err != nil {
		return "", err
	}
	root, err := rootOf(now.size, tree)
	if err != nil {
		return "", err
	}
	if root != now.root {
		return "", fmt.Errorf("the entries make another root than the checkpoint has")
	}
	tiles, err := compareTiles(folder, now.size, tree)
	if err != nil {
		return "", err
	}
	if a.earlier != "" {
		old, err := a.openEarlier()
		if err != nil {
			return "", err
		}
		if err := proveFromTiles(folder, old, now); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%d entries, %d tiles, %d witnesses", now.size, tiles, len(a.witnesses)), nil
}

// proveFromTiles makes the proof from the published hash tiles alone and checks it.
func proveFromTiles(folder string, old, now checkpoint) error {
	if old.size == 0 || old.size == now.size {
		return consistent(old, now, nil)
	}
	if old.size > now.size {
		return fmt.Errorf("the log had %d entries and has %d", old.size, now.size)
	}
	hashes := tlog.TileHashReader(tlog.Tree{N: now.size, Hash: now.root}, tileFiles(folder))
	proof, err := tlog.ProveTree(now.size, old.size, hashes)
	if err != nil {
		return err
	}
	return consistent(old, now, proof)
}

func (a *asked) checkReceipt(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	r, err := parseReceipt(string(text))
	if err != nil {
		return "", err
	}
	entry, err := hex.DecodeString(a.entry)
	if err != nil {
		return "", err
	}
	if a.entry == "" {
		if entry, err = r.commitment(); err != nil {
			return "", err
		}
	}
	signed, err := openCheckpoint([]byte(r.note), a.log, a.witnesses)
	if err != nil {
		return "", err
	}
	if err := tlog.CheckRecord(r.proof, signed.size, signed.root, r.index, tlog.RecordHash(entry)); err != nil {
		return "", err
	}
	return fmt.Sprintf("entry %d of %d, %d witnesses", r.index, signed.size, len(a.witnesses)), nil
}

// checkSubmission does what a witness does that holds the earlier checkpoint, or none.
func (a *asked) checkSubmission(file string) (string, error) {
	body, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	s, err := parseSubmission(string(body))
	if err != nil {
		return "", err
	}
	now, err := openCheckpoint([]byte(s.note), a.log, nil)
	if err != nil {
		return "", err
	}
	old := checkpoint{origin: now.origin, root: emptyRoot}
	if a.earlier != "" {
		if old, err = a.openEarlier(); err != nil {
			return "", err
		}
	}
	if s.old != old.size {
		return "", fmt.Errorf("conflict: the witness holds %d entries, not %d", old.size, s.old)
	}
	if err := consistent(old, now, s.proof); err != nil {
		return "", err
	}
	return fmt.Sprintf("from %d to %d entries", old.size, now.size), nil
}

func (a *asked) openEarlier() (checkpoint, error) {
	text, err := os.ReadFile(a.earlier)
	if err != nil {
		return checkpoint{}, err
	}
	return openCheckpoint(text, a.log, nil)
}
