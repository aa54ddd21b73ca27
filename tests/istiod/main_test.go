package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// Jobs without requests need no Envoy.
func TestResultsComeInTheOrderOfTheJobs(t *testing.T) {
	admission, err := newAdmission()
	if err != nil {
		t.Fatal(err)
	}
	var in strings.Builder
	for i := range 20 {
		fmt.Fprintf(&in, `{"name":"%d"}`+"\n", i)
	}
	in.WriteString("\n{\"nmae\":\"misspelt\"}\n{} {}\n")
	var out bytes.Buffer
	if err := answerAll(strings.NewReader(in.String()), &out, 3, admission, nil, ""); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 22 {
		t.Fatalf("%d lines", len(lines))
	}
	for i, line := range lines {
		var result Result
		if err := json.Unmarshal([]byte(line), &result); err != nil {
			t.Fatal(err)
		}
		if i < 20 && (result.Name != fmt.Sprint(i) || len(result.Errors) != 0) || i >= 20 && len(result.Errors) != 1 {
			t.Errorf("line %d: %s", i, line)
		}
	}
}
