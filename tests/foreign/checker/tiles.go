package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height, width = 8, 256

// stored is the flat list of hashes that x/mod computes everything from.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index < 0 || index >= int64(len(s)) {
			return nil, fmt.Errorf("no hash %d", index)
		}
		found[i] = s[index]
	}
	return found, nil
}

func (s *stored) append(n int64, entry []byte) error {
	added, err := tlog.StoredHashes(n, entry, *s)
	*s = append(*s, added...)
	return err
}

func rootOf(size int64, tree stored) (tlog.Hash, error) {
	if size == 0 {
		return emptyRoot, nil
	}
	return tlog.TreeHash(size, tree)
}

// path is that of C2SP tlog-tiles: x/mod puts the height before the level, and calls entries data.
func path(t tlog.Tile) string {
	below := strings.TrimPrefix(t.Path(), fmt.Sprintf("tile/%d/", t.H))
	return "tile/" + strings.Replace(below, "data/", "entries/", 1)
}

// tileFiles serves the hash tiles of a folder; of a partial one that is gone, the start of the full one.
type tileFiles string

func (f tileFiles) Height() int                     { return height }
func (f tileFiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (f tileFiles) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, t := range tiles {
		data, err := os.ReadFile(filepath.Join(string(f), path(t)))
		if os.IsNotExist(err) && t.W < width {
			full := t
			full.W = width
			data, err = os.ReadFile(filepath.Join(string(f), path(full)))
			if err == nil && len(data) == width*tlog.HashSize {
				data = data[:t.W*tlog.HashSize]
			}
		}
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

func hashEntries(folder string, size int64) (stored, error) {
	var tree stored
	for n := int64(0); n < size; {
		t := tlog.Tile{H: height, L: -1, N: n / width, W: width}
		if size-n < width {
			t.W = int(size - n)
		}
		bundle, err := os.ReadFile(filepath.Join(folder, path(t)))
		if err != nil {
			return nil, err
		}
		for i := 0; i < t.W; i++ {
			if len(bundle) < 2 || len(bundle)-2 < int(binary.BigEndian.Uint16(bundle)) {
				return nil, fmt.Errorf("%s ends inside an entry", path(t))
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			if err := tree.append(n, bundle[2:end]); err != nil {
				return nil, err
			}
			bundle = bundle[end:]
			n++
		}
		if len(bundle) > 0 {
			return nil, fmt.Errorf("%s goes on after its last entry", path(t))
		}
	}
	return tree, nil
}

// tilesOf are the hash tiles of one size; NewTiles of x/mod names the partial tiles of every smaller size too.
func tilesOf(size int64) (tiles []tlog.Tile) {
	for level := 0; size > 0; level++ {
		for n := int64(0); n*width < size; n++ {
			t := tlog.Tile{H: height, L: level, N: n, W: width}
			if size-n*width < width {
				t.W = int(size - n*width)
			}
			tiles = append(tiles, t)
		}
		size /= width
	}
	return tiles
}

func compareTiles(folder string, size int64, tree stored) (int, error) {
	tiles := tilesOf(size)
	for _, t := range tiles {
		want, err := tlog.ReadTileData(t, tree)
		if err != nil {
			return 0, err
		}
		data, err := os.ReadFile(filepath.Join(folder, path(t)))
		if err != nil {
			return 0, err
		}
		if !bytes.Equal(data, want) {
			return 0, fmt.Errorf("%s does not hold the hashes of the entries", path(t))
		}
	}
	return len(tiles), nil
}

// writeLog publishes a log of entries "entry 0", "entry 1", ... as x/mod hashes and signs it.
func writeLog(folder, key string, count int64) (string, error) {
	signer, err := note.NewSigner(key)
	if err != nil {
		return "", err
	}
	var tree stored
	var bundle []byte
	for n := int64(0); n < count; n++ {
		entry := fmt.Sprintf("entry %d", n)
		if err := tree.append(n, []byte(entry)); err != nil {
			return "", err
		}
		bundle = binary.BigEndian.AppendUint16(bundle, uint16(len(entry)))
		bundle = append(bundle, entry...)
		if filled := int(n%width) + 1; filled == width || n == count-1 {
			if err := write(folder, path(tlog.Tile{H: height, L: -1, N: n / width, W: filled}), bundle); err != nil {
				return "", err
			}
			bundle = nil
		}
	}
	for _, t := range tilesOf(count) {
		data, err := tlog.ReadTileData(t, tree)
		if err != nil {
			return "", err
		}
		if err := write(folder, path(t), data); err != nil {
			return "", err
		}
	}
	root, err := rootOf(count, tree)
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf("%s\n%d\n%s\n", signer.Name(), count, base64.StdEncoding.EncodeToString(root[:]))
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d entries", count), write(folder, "checkpoint", signed)
}

func write(folder, name string, data []byte) error {
	file := filepath.Join(folder, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o644)
}
