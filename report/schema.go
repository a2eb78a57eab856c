package report

import (
	_ "embed"
	"slices"
)

// The schema is made from the types of package probe, their comments and their
// constants, by the test that also checks that it is current.
//
//go:embed schema/diagnosis.v1.json
var schemaSource []byte

// Schema gives the JSON Schema (draft 2020-12) of the contract
// wkctl.diagnosis/v1. Changes are additive only: a reader ignores the
// properties and values that it does not know.
func Schema() []byte { return slices.Clone(schemaSource) }
