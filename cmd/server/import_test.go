package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"carrierhook/internal/demo"
	"carrierhook/internal/store"
	"carrierhook/internal/wechat"
)

// importsInto runs an import in a process of its own.
func importsInto(tb testing.TB, url, csv string, args ...string) (string, error) {
	tb.Helper()
	cmd := process(tb.TempDir(), []string{"CARRIERHOOK_DATABASE_URL=" + url}, append(append([]string{"import"}, args...), "-")...)
	cmd.Stdin = strings.NewReader(csv)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// Every table by the command line: a good file, the same again, one that removes,
// and bad ones, whose problems are named and which change nothing.
func TestImportTables(t *testing.T) {
	t.Parallel()
	url := withSamples(t)
	for table, file := range map[string]struct {
		good    string
		says    string
		less    string // the same without its last line
		changed string
		bad     map[string]string // what it says, and the file
	}{
		"merchants": {
			good: "biz_id,biz_pwd,quota,no_password\nm1,pw-not-shown,7,\nm2,,,true\n", says: "2 lines: 2 new",
			less: "biz_id,quota\nm1,7\n", changed: "1 lines: 0 new, 0 changed, 1 as they were",
			bad: map[string]string{
				"line 2, column biz_pwd: the merchant is new: it needs a password in the column biz_pwd, or true in the column no_password": "biz_id,quota\nm3,1\n",
				"line 3, column biz_id: the merchant stands on line 2":                                                                      "biz_id,quota\nm1,1\nm1,2\n",
			},
		},
		"services": {
			good: "service_type,service_name,code,max_weight_kg,max_side_cm,max_pieces,max_insured_yuan\n" +
				"0,标准快递,standard,50,200,100,20000\n1,经济快递,economy,20.5,100,10,0\n2,冷链,cold,10,60,5,500.50\n",
			says: "3 lines: 1 new, 1 changed, 1 as they were; 0 removed",
			less: "service_type,service_name,code,max_weight_kg,max_side_cm,max_pieces,max_insured_yuan\n" +
				"0,标准快递,standard,50,200,100,20000\n",
			changed: "1 lines: 0 new, 0 changed, 1 as they were; 2 removed",
			bad: map[string]string{
				"line 2, column max_weight_kg": "service_type,service_name,code,max_weight_kg,max_side_cm,max_pieces,max_insured_yuan\n0,a,a,much,1,1,0\n",
				"column code: is missing":      "service_type,service_name,max_weight_kg,max_side_cm,max_pieces,max_insured_yuan\n0,a,1,1,1,0\n",
			},
		},
		"areas": {
			good:    "province,city,area,collects,delivers\n,,,true,true\n西藏,,,false,true\n",
			says:    "2 lines: 1 new, 0 changed, 1 as they were; 0 removed",
			less:    "province,city,area,collects,delivers\n,,,true,true\n",
			changed: "1 lines: 0 new, 0 changed, 1 as they were; 1 removed",
			bad: map[string]string{
				"line 3: the same place stands on line 2":    "province,city,area,collects,delivers\n广东,,,true,true\n广东省,,,true,false\n",
				"line 2: has 2 fields, but the header has 5": "province,city,area,collects,delivers\n,\n",
			},
		},
		"routes": {
			good:    "province,city,area,key,value\n广东,广州,,ZTO_bagAddr,广州\n广东,广州,,ZTO_mark,888-666-666\n四川,,,ZTO_mark,028\n",
			says:    "3 lines: 1 new, 0 changed, 2 as they were; 0 removed",
			less:    "province,city,area,key,value\n广东,广州,,ZTO_bagAddr,广州\n广东,广州,,ZTO_mark,888-666-666\n",
			changed: "2 lines: 0 new, 0 changed, 2 as they were; 1 removed",
			bad: map[string]string{
				"line 2, column value: has ## in it": "province,city,area,key,value\n广东,,,mark,a##b\n",
			},
		},
		"ranges": {
			good: "name,prefix,width,check_digit,first,last,owner\nwechat,,9,none,100000000,199999999,wechat\n" +
				"own,CH,8,mod11,1,99999999,carrier\nspare,CX,8,mod10,1,1000,carrier\n",
			says:    "3 lines: 1 new, 0 changed, 2 as they were; 0 removed",
			less:    "name,prefix,width,check_digit,first,last,owner\nwechat,,9,none,100000000,199999999,wechat\nown,CH,8,mod11,1,99999999,carrier\n",
			changed: "2 lines: 0 new, 0 changed, 2 as they were; 1 removed",
			bad: map[string]string{
				"line 3: could have the same number": "name,prefix,width,check_digit,first,last,owner\na,N,3,none,1,9,carrier\nb,N,3,none,9,20,wechat\n",
			},
		},
	} {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			expect := func(csv, part string) {
				t.Helper()
				if out, err := importsInto(t, url, csv, table); err != nil || !strings.Contains(out, part) {
					t.Errorf("want %q, got %v\n%s", part, err, out)
				}
			}
			expect(file.good, file.says)
			same := strings.Count(file.good, "\n") - 1
			expect(file.good, strings.TrimSpace(strings.Join([]string{strconv.Itoa(same), "lines: 0 new, 0 changed,", strconv.Itoa(same), "as they were"}, " ")))
			for part, csv := range file.bad {
				out, err := importsInto(t, url, csv, table)
				if err == nil || !strings.Contains(out, part) || !strings.Contains(out, "nothing was loaded") || strings.Contains(out, "pw-not-shown") {
					t.Errorf("want a refusal with %q, got %v\n%s", part, err, out)
				}
			}
			expect(file.less, file.changed)
		})
	}
}

// A range that somebody imported into the demo, and that was used, cannot be put
// back: the demo says so and starts with all its other samples.
func TestSamplesBesideUsedRange(t *testing.T) {
	t.Parallel()
	url := withSamples(t)
	for table, csv := range map[string]string{
		"ranges": "name,prefix,width,check_digit,first,last,owner\nmine,M,4,none,1,99,carrier\n",
		"areas":  "province,city,area,collects,delivers\n广东,,,true,true\n四川,,,true,true\n",
	} {
		if out, err := importsInto(t, url, csv, table); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	p := start(t, testConfig(url, wechat.Secure))
	w := p.wechat(t, wechat.Secure, wechat.XML)
	if r := book(t, w, order(0, "order-1")); r.WayBillID != "M0001" {
		t.Fatalf("%d %s", r.ResultCode, r.WayBillID)
	}
	st, err := store.Open(t.Context(), testOptions(url))
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	out := new(output)
	log, err := newLogger(out, "info")
	if err != nil {
		t.Fatal(err)
	}
	if err := demo.Reset(t.Context(), st, log); err != nil || !strings.Contains(out.String(), "the ranges stay as they were imported") {
		t.Errorf("%v\n%s", err, out)
	}
	if got, err := importsInto(t, url, "province,city,area,collects,delivers\n,,,true,true\n", "areas"); err != nil || !strings.Contains(got, "0 new, 0 changed, 1 as they were; 0 removed") {
		t.Errorf("the areas were not put back: %v\n%s", err, got)
	}
	// What was booked is gone, and its number is not given again.
	if r := book(t, w, order(1, "order-1")); r.WayBillID != "M0002" {
		t.Errorf("%d %s", r.ResultCode, r.WayBillID)
	}
}

// Two servers run on one database while services, areas and routes are imported:
// both go by them within booking.refresh, also the one that has booked before.
func TestImportReachesRunningServers(t *testing.T) {
	t.Parallel()
	url := withSamples(t)
	cfg := testConfig(url, wechat.Secure)
	cfg.Booking.Refresh = 10 * time.Millisecond
	servers := []*program{start(t, cfg), start(t, cfg)}
	n := int64(0)
	// says is what each server answers to a new order for Chengdu.
	says := func(p *program, service string) (int, string) {
		n++
		m := order(n, "order-"+strconv.Itoa(int(n)))
		m.Receiver.Province, m.Receiver.City, m.Service.ServiceName = "四川省", "成都市", service
		r := book(t, p.wechat(t, wechat.Secure, wechat.XML), m)
		return r.ResultCode, r.WaybillData
	}
	expect := func(service string, code int, label string) {
		t.Helper()
		for i, p := range servers {
			eventually(t, fmt.Sprintf("server %d answers %d %s", i+1, code, label), func() bool {
				gotCode, gotLabel := says(p, service)
				return gotCode == code && gotLabel == label
			})
		}
	}
	load := func(table, csv string) {
		t.Helper()
		if out, err := importsInto(t, url, csv, table); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	expect("标准快递", 0, "##")
	load("routes", "province,city,area,key,value\n四川省,成都,,ZTO_mark,028\n")
	expect("标准快递", 0, "##ZTO_mark##028##")
	expect("当日达", 20009, "")
	load("services", "service_type,service_name,code,max_weight_kg,max_side_cm,max_pieces,max_insured_yuan\n0,当日达,today,5,60,2,1000\n")
	expect("当日达", 0, "##ZTO_mark##028##")
	expect("标准快递", 20009, "")
	load("areas", "province,city,area,collects,delivers\n广东,,,true,true\n")
	expect("当日达", 20005, "")
}
