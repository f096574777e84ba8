// Prints what robfig/cron makes of the expressions in expressions.json: the golden data of depgen's own cron module.
//
//	go run -C tests/stack/go/cron . > tests/unit/cron_golden.json
//
// The output has `starts` (a zone and an instant, in seconds since 1970), `rows` (the distances, in seconds, from a
// start to the first firing and from each firing to the next; fewer than six if robfig gives up) and `cases` (for each
// expression the number of its row at each start, or null if robfig refuses it).
package main

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"
	_ "time/tzdata"

	"github.com/robfig/cron/v3"
)

const firings = 6

//go:embed expressions.json
var expressions []byte

// Each start lies shortly before a change of the zone's offset, or within an hour that comes twice.
var starts = []struct{ zone, instant string }{
	{"Europe/Paris", "2024-03-30T23:30:00Z"},
	{"Europe/Paris", "2024-10-26T22:10:00Z"},
	{"Europe/Paris", "2024-10-27T00:20:00Z"},
	{"Europe/Paris", "2024-10-27T01:20:30Z"},
	{"America/New_York", "2024-03-10T05:30:00Z"},
	{"America/New_York", "2024-11-03T04:10:00Z"},
	{"America/New_York", "2024-11-03T06:20:00Z"},
	{"Australia/Lord_Howe", "2024-04-06T13:10:00Z"},
	{"Australia/Lord_Howe", "2024-04-06T15:10:00Z"},
	{"Australia/Lord_Howe", "2024-10-04T20:00:00Z"},
	{"Australia/Lord_Howe", "2024-10-05T15:20:00Z"},
	{"Asia/Kolkata", "2026-12-31T12:34:56Z"},
	{"Asia/Kolkata", "2028-02-27T18:30:00Z"},
	{"America/Sao_Paulo", "2018-11-03T12:00:00Z"},
	{"America/Sao_Paulo", "2018-11-04T02:30:00Z"},
	{"America/Sao_Paulo", "2019-02-16T20:00:00Z"},
	{"America/Sao_Paulo", "2019-02-17T01:30:00Z"},
	{"America/Sao_Paulo", "2019-02-17T02:30:00Z"},
	{"Pacific/Apia", "2012-09-29T12:00:00Z"},
	{"Pacific/Apia", "2021-04-03T12:00:00Z"},
	{"Pacific/Apia", "2021-04-03T14:20:00Z"},
	{"America/Santiago", "2024-04-07T01:30:00Z"},
	{"America/Santiago", "2024-04-07T03:20:00Z"},
	{"America/Santiago", "2024-09-07T20:00:00Z"},
}

func main() {
	var wanted []string
	must(json.Unmarshal(expressions, &wanted))
	rows := table{numbers: map[string]int{}}
	cases := []string{}
	for _, expression := range wanted {
		cases = append(cases, compact(expression)+":"+compact(rowsOf(expression, &rows)))
	}
	write(rows.rows, cases)
}

// rowsOf is nil, null in JSON, for an expression that robfig refuses.
func rowsOf(expression string, rows *table) []int {
	schedule, err := parse(expression)
	if err != nil {
		return nil
	}
	numbers := []int{}
	for _, start := range starts {
		numbers = append(numbers, rows.number(follow(schedule, moment(start.zone, start.instant))))
	}
	return numbers
}

// parse is ParseStandard, which panics on a zone without a schedule after it.
func parse(expression string) (schedule cron.Schedule, err error) {
	defer func() {
		if why := recover(); why != nil {
			err = fmt.Errorf("panic: %v", why)
		}
	}()
	return cron.ParseStandard(expression)
}

func moment(zone, instant string) time.Time {
	location, err := time.LoadLocation(zone)
	must(err)
	at, err := time.Parse(time.RFC3339, instant)
	must(err)
	return at.In(location)
}

func follow(schedule cron.Schedule, at time.Time) []int64 {
	distances := []int64{}
	for range firings {
		next := schedule.Next(at)
		if next.IsZero() {
			break
		}
		distances = append(distances, next.Unix()-at.Unix())
		at = next
	}
	return distances
}

// table gives equal rows one number.
type table struct {
	rows    []string
	numbers map[string]int
}

func (t *table) number(row []int64) int {
	text := compact(row)
	if _, known := t.numbers[text]; !known {
		t.numbers[text] = len(t.rows)
		t.rows = append(t.rows, text)
	}
	return t.numbers[text]
}

func write(rows, cases []string) {
	out := bufio.NewWriter(os.Stdout)
	defer func() { must(out.Flush()) }()
	lines := []string{}
	for _, start := range starts {
		lines = append(lines, compact([]any{start.zone, moment(start.zone, start.instant).Unix()}))
	}
	fmt.Fprintf(out, "{\n\"starts\":[\n%s\n],\n", strings.Join(lines, ",\n"))
	fmt.Fprintf(out, "\"rows\":[\n%s\n],\n", strings.Join(rows, ",\n"))
	fmt.Fprintf(out, "\"cases\":{\n%s\n}\n}\n", strings.Join(cases, ",\n"))
}

func compact(value any) string {
	text, err := json.Marshal(value)
	must(err)
	return string(text)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
