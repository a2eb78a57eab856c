package casebook

import (
	"os"
	"path/filepath"
	"slices"
)

// FolderError says that a folder holds no scenario.
type FolderError string

func (e FolderError) Error() string { return string(e) + ": expected *.yaml in it" }

// Files lists the files to play: those named, and all of a folder, sorted. It fails
// with a FolderError, or with an *fs.PathError of the name that does not exist.
func Files(named []string) ([]string, error) {
	var files []string
	for _, name := range named {
		info, err := os.Stat(name)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			files = append(files, name)
			continue
		}
		inside, err := filepath.Glob(filepath.Join(name, "*.yaml"))
		if err != nil || len(inside) == 0 {
			return nil, FolderError(name)
		}
		slices.Sort(inside)
		files = append(files, inside...)
	}
	return files, nil
}
