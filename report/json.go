package report

import (
	"encoding/json"
	"fmt"
	"io"
)

// JSON prints the result as one object.
func JSON(w io.Writer, r *Result) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// ReadJSON reads what JSON printed. Unknown fields are ignored; a newer
// schema_version is an error.
func ReadJSON(rd io.Reader) (*Result, error) {
	var r Result
	if err := json.NewDecoder(rd).Decode(&r); err != nil {
		return nil, err
	}
	if r.SchemaVersion != SchemaVersion {
		return nil, fmt.Errorf("schema_version %d, want %d", r.SchemaVersion, SchemaVersion)
	}
	return &r, nil
}
