// Second half of making dialect.jsonl: what Go's regexp says. See README.md.
//
// Reads RE2's rows. A row stays accepted if Go accepts the pattern too; where Go's answers differ from RE2's it stops.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
)

type row struct {
	Pattern  string   `json:"pattern"`
	Accepted bool     `json:"accepted"`
	Texts    []string `json:"texts,omitempty"`
	Start    string   `json:"start,omitempty"`
	Full     string   `json:"full,omitempty"`
	Anywhere string   `json:"anywhere,omitempty"`
}

func answers(before, pattern, after string, texts []string) string {
	machine, err := regexp.Compile(before + pattern + after)
	if err != nil {
		machine = regexp.MustCompile(before + pattern + `\E` + after)
	}
	out := ""
	for _, text := range texts {
		if machine.MatchString(text) {
			out += "1"
		} else {
			out += "0"
		}
	}
	return out
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for lines.Scan() {
		var r row
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			panic(err)
		}
		if _, err := regexp.Compile(r.Pattern); err != nil || !r.Accepted {
			r = row{Pattern: r.Pattern, Texts: r.Texts}
		} else if r.Start != answers(`\A(?:`, r.Pattern, `)`, r.Texts) || r.Full != answers(`\A(?:`, r.Pattern, `)\z`, r.Texts) ||
			r.Anywhere != answers(`(?:`, r.Pattern, `)`, r.Texts) {
			panic(fmt.Sprintf("RE2 and Go differ on %q", r.Pattern))
		}
		out.Encode(r)
	}
}
