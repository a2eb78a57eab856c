package report

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/wkctl/wkctl/probe"
)

// writeJSON writes the diagnosis as the contract wkctl.diagnosis/v1.
func writeJSON(buf *bytes.Buffer, d *probe.Diagnosis, _ Style) error {
	return encode(buf, d)
}

// encode writes v as indented JSON. "<" and "&" stay readable: the output is
// for files and pipes, and the HTML writer escapes for itself.
func encode(buf *bytes.Buffer, v any) error {
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return fmt.Errorf("encoding report: %w", err)
	}
	return nil
}
