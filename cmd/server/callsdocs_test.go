package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"carrierhook/internal/demo"
	"carrierhook/internal/store/storetest"
	"carrierhook/internal/waybill"
	"carrierhook/internal/wechat/client"
)

const callsPage = "../../docs/wechat-calls.md"

// nodeTable says what WeChat is told of each action of a scan.
func nodeTable(*testing.T) string {
	var rows [][]string
	for _, a := range waybill.Actions() {
		node := "kept back"
		if to, ok := waybill.PathAction(a); ok {
			node = code(fmt.Sprint(to))
		}
		rows = append(rows, []string{code(fmt.Sprint(a)), a.Text(), node, waybill.PathMessage(a)})
	}
	return table([]string{"action_type of the scan", "meaning", "action_type at WeChat", "text, where the scan has none"}, rows)
}

// The page of calls says what becomes of a call of each class, and names no other class.
func TestCallClassesDocumented(t *testing.T) {
	t.Parallel()
	var want []string
	for _, c := range client.Classes() {
		want = append(want, string(c))
	}
	if got := rowNames(sectionOf(read(t, callsPage), "## Limits and pauses")); !slices.Equal(got, want) {
		t.Errorf("the page has the classes %q, want %q", got, want)
	}
}

// newInCalls is what is another each time in what the commands about calls say: times,
// durations, cursors, and the ids by which WeChat finds a call.
var newInCalls = regexp.MustCompile(`\d{4}-\d\d-\d\d[T ][\d:.]+Z|\b1[789]\d{8}\b|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|rid [0-9a-f-]{26}|\bfor \d+s`)

// The commands of the page of calls, in their order beside a demo that has just started, say
// what stands below them: what comes a moment later is waited for.
func TestCallsDocs(t *testing.T) {
	t.Parallel()
	text := read(t, callsPage)
	section := sectionOf(text, "## Try it")
	dir := dataDir(t)
	cmd, out := demoProcess(t, dir, "secure")
	if !*update { // the page shows the times at which calls are made again
		hurry(t, storetest.OpenDatabase(t, credentials(t, dir).Database))
	}
	control := regexp.MustCompile(`Control: (http://\S+)`).FindStringSubmatch(out.String())[1]
	merchants := regexp.MustCompile(`Merchants: (http://\S+)`).FindStringSubmatch(out.String())[1]
	internal := "http://" + carriersSide(t, out).p.internal.String()
	here := strings.NewReplacer("http://"+demo.InternalListen, internal, "http://"+sandboxControl, control, "http://127.0.0.1:8090", merchants)
	sh, ran := tools(t, dir, "bin/server"), 0
	sh.vars = map[string]string{}
	said := consoleBlock.ReplaceAllStringFunc(section, func(block string) string {
		var says strings.Builder
		for command := range strings.SplitSeq(consoleBlock.FindStringSubmatch(block)[1], "\n$ ") {
			command, want, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(command), "$ "), "\n")
			ran++
			got := command
			if answer := eventuallySays(sh, here.Replace(command), want); answer != "" {
				got += "\n" + answer
			}
			says.WriteString("$ " + got + "\n")
		}
		return "```console\n" + says.String() + "```\n"
	})
	if ran < 15 {
		t.Errorf("found only %d commands", ran)
	}
	switch {
	case newInCalls.ReplaceAllString(said, "...") == newInCalls.ReplaceAllString(section, "..."):
	case *update:
		must(t, os.WriteFile(callsPage, []byte(strings.Replace(text, section, said, 1)), 0o644))
	default:
		t.Errorf("the page's commands say\n%s\nand not\n%s", said, section)
	}
	stops(t, cmd, out, syscall.SIGTERM)
}

// eventuallySays runs a command of the page. One that changes nothing is run until it says
// what is wanted, or for so long that something else will be.
func eventuallySays(sh *shell, command, want string) (says string) {
	patient := patience
	if *update {
		patient = 8 * time.Second // above the first retry
	}
	for end := time.Now().Add(patient); ; time.Sleep(50 * time.Millisecond) {
		says, ran := sh.do(command)
		says = strings.TrimSpace(says)
		if !ran || assignment.MatchString(command) {
			return ""
		}
		same := newInCalls.ReplaceAllString(says, "...") == newInCalls.ReplaceAllString(want, "...")
		reads := strings.HasPrefix(command, `curl -sS "$C/calls?`) || strings.Contains(command, "events list")
		if same || !reads || time.Now().After(end) {
			return says
		}
	}
}
