package main

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var emptyRoot = tlog.Hash(sha256.Sum256(nil))

type checkpoint struct {
	origin string
	size   int64
	root   tlog.Hash
}

// cosigner verifies signatures of type 04, which x/mod does not know.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	time := binary.BigEndian.Uint64(signature)
	signed := append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", time)), text...)
	return time <= math.MaxInt64 && ed25519.Verify(c.key, signed, signature[8:])
}

func newCosigner(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, fmt.Errorf("malformed witness key")
	}
	key, err := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != 4 {
		return nil, fmt.Errorf("the key of a witness is of type 04")
	}
	sum := sha256.Sum256([]byte(parts[0] + "\n" + string(key)))
	hash := binary.BigEndian.Uint32(sum[:])
	if parts[1] != fmt.Sprintf("%08x", hash) {
		return nil, fmt.Errorf("the id in the witness key is not its own")
	}
	return cosigner{parts[0], hash, key[1:]}, nil
}

// openCheckpoint asks for the signature of the log and of every witness.
func openCheckpoint(text []byte, vkey string, witnesses []string) (checkpoint, error) {
	var c checkpoint
	log, err := note.NewVerifier(vkey)
	if err != nil {
		return c, err
	}
	known := []note.Verifier{log}
	for _, each := range witnesses {
		witness, err := newCosigner(each)
		if err != nil {
			return c, err
		}
		known = append(known, witness)
	}
	opened, err := note.Open(text, note.VerifierList(known...))
	if err != nil {
		return c, err
	}
	if len(opened.Sigs) != len(known) {
		return c, fmt.Errorf("%d of %d signatures are there", len(opened.Sigs), len(known))
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 4 || lines[0] != log.Name() {
		return c, fmt.Errorf("the checkpoint is malformed or of another log")
	}
	if c.size, err = number(lines[1]); err != nil {
		return c, err
	}
	c.origin = lines[0]
	c.root, err = tlog.ParseHash(lines[2])
	return c, err
}

// consistent checks a proof; between equal sizes and from an empty log, for which x/mod has none, it is empty.
func consistent(old, now checkpoint, proof tlog.TreeProof) error {
	switch {
	case old.origin != now.origin:
		return fmt.Errorf("the checkpoints are of two logs")
	case (old.size == 0 || old.size == now.size) && len(proof) > 0:
		return fmt.Errorf("the proof should be empty")
	case old.size == 0 && old.root != emptyRoot:
		return fmt.Errorf("an empty log has another root")
	case old.size == now.size && old.root != now.root:
		return fmt.Errorf("fork: two roots for %d entries", now.size)
	case old.size == 0 || old.size == now.size:
		return nil
	}
	return tlog.CheckTree(proof, now.size, now.root, old.size, old.root)
}

type submission struct {
	old   int64
	proof tlog.TreeProof
	note  string
}

func parseSubmission(body string) (s submission, err error) {
	head, text, found := strings.Cut(body, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || !strings.HasPrefix(lines[0], "old ") || len(lines) > 64 {
		return s, fmt.Errorf("malformed add-checkpoint request")
	}
	s.note = text
	if s.old, err = number(lines[0][len("old "):]); err != nil {
		return s, err
	}
	s.proof, err = hashes(lines[1:])
	return s, err
}

type receipt struct {
	extra []byte
	index int64
	proof tlog.RecordProof
	note  string
}

func parseReceipt(text string) (r receipt, err error) {
	head, checkpoint, found := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !found || lines[0] != "c2sp.org/tlog-proof@v1" {
		return r, fmt.Errorf("not a tlog-proof")
	}
	lines = lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		if r.extra, err = base64.StdEncoding.Strict().DecodeString(lines[0][len("extra "):]); err != nil {
			return r, err
		}
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return r, fmt.Errorf("no index line")
	}
	if r.index, err = number(lines[0][len("index "):]); err != nil {
		return r, err
	}
	proof, err := hashes(lines[1:])
	r.proof, r.note = tlog.RecordProof(proof), checkpoint
	return r, err
}

// commitment is the entry that Schoolgate's openings stand for: HMAC-SHA256 of the record under 32 random bytes.
func (r receipt) commitment() ([]byte, error) {
	if len(r.extra) <= 32 {
		return nil, fmt.Errorf("the receipt has no opening")
	}
	mac := hmac.New(sha256.New, r.extra[:32])
	mac.Write(r.extra[32:])
	return mac.Sum(nil), nil
}

func number(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != text {
		return 0, fmt.Errorf("malformed number %q", text)
	}
	return n, nil
}

func hashes(lines []string) ([]tlog.Hash, error) {
	var found []tlog.Hash
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		found = append(found, hash)
	}
	return found, nil
}
