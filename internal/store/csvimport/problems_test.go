package csvimport_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"carrierhook/internal/store/csvimport"
)

// What is wrong with a line, by itself or with what the database has, is named by number
// and column, and then nothing is loaded.
func TestLineProblems(t *testing.T) {
	t.Parallel()
	const (
		saveAs      = ": save the file as CSV UTF-8; it was not read further"
		spreadsheet = "is a number that a spreadsheet has rounded, as in 6.1E+11: format the column as text and export the file again"
		figure      = ` is not a number like 15 or 1.5 with at most %d decimals, or is too large`
		whole       = " is not a whole number like 15, or is too large"
		long        = "is too long: at most 128 bytes"
		ahead       = " is in the future; a time without a zone is UTC"
		formula     = "is a formula of a spreadsheet: export the file with values only"
		begins      = "begins with %s, as what a spreadsheet makes of a text: export the file with values only"
		unseen      = "has an invisible character, U+"
		marks       = "has ## in it, or begins or ends with #"
	)
	x129 := strings.Repeat("x", 129)
	for name, lines := range map[string][][2]string{
		"waybills": { // biz_id,waybill_id,order_id,shop_app_id,service,status,booked_at,collected_at,charged_at,signed_at,cancelled_at
			{"B,W2,O2", "line 3: has 3 fields, but the header has 11"},
			{",W2,O2,,,,,,,,", "line 3, column biz_id: is empty"},
			{"B,\" \t\",O2,,,,,,,,", "line 3, column waybill_id: is empty"},
			{"B," + x129 + ",O2,,,,,,,,", "line 3, column waybill_id: " + long},
			{"B,W2," + strings.Repeat("x", 513) + ",,,,,,,,", "line 3, column order_id: is too long: at most 512 bytes"},
			{"B,W2,O2," + x129 + ",,,,,,,", "line 3, column shop_app_id: " + long},
			{"B,W2,O2,," + x129 + ",,,,,,", "line 3, column service: " + long},
			{"B,W\ufffd,O2,,,,,,,,", "line 3, column waybill_id: has U+FFFD, which stands for a character that was lost, or what is no character"},
			{"B,W2,O2,wx\uffff,,,,,,,", "line 3, column shop_app_id: has U+FFFD, which stands for a character that was lost, or what is no character"},
			{"B,W\x002,O2,,,,,,,,", "line 3, column waybill_id: has a control character"},
			{"B,\"W\n2\",O2,,,,,,,,", "line 3, column waybill_id: has a control character"},
			{"B,W\xff,O2,,,,,,,,\nB,\xff,,,,,,,,,", "line 3, column waybill_id: is not UTF-8" + saveAs},
			{"B,\xb5\xa5\xba,O2,,,,,,,,", "line 3, column waybill_id: is not UTF-8" + saveAs}, // half a character of GBK
			{"B,W2,\xb6\xa9\xb5\xa5 1,,,,,,,,\nB,W3,\xb6\xa9\xb5\xa5 2,,,,,,,,", "line 3, column order_id: is not UTF-8, but GBK as it seems" + saveAs},
			{"B,6.12206E+11,O2,,,,,,,,", "line 3, column waybill_id: " + spreadsheet},
			{"B,W2,O2,1e+20,,,,,,,", "line 3, column shop_app_id: " + spreadsheet},
			{`B,"=""770001""",O2,,,,,,,,`, "line 3, column waybill_id: " + formula},
			{"B,=770001,O2,,,,,,,,", "line 3, column waybill_id: " + fmt.Sprintf(begins, "=")},
			{"B,W2, +770001,,,,,,,,", "line 3, column order_id: " + fmt.Sprintf(begins, "+")},
			{"B,@SUM(A1),O2,,,,,,,,", "line 3, column waybill_id: " + fmt.Sprintf(begins, "@")},
			{"B,'770001,O2,,,,,,,,", "line 3, column waybill_id: " + fmt.Sprintf(begins, "'")},
			{"B,#NAME?,O2,,,,,,,,", "line 3, column waybill_id: is an error of a spreadsheet, as in #N/A: put it right there and export the file again"},
			{"B,W\u200b2,O2,,,,,,,,", "line 3, column waybill_id: " + unseen + "200B"},
			{"\uFEFFB,W2,O2,,,,,,,,", "line 3, column biz_id: " + unseen + "FEFF"},
			{"B,W2,O2\u00a0,,,,,,,,", "line 3, column order_id: " + unseen + "00A0"},
			{"B,W2,O\u202f2,,,,,,,,", "line 3, column order_id: " + unseen + "202F"},
			{"B,W2,O2,wx\u2060,,,,,,,", "line 3, column shop_app_id: " + unseen + "2060"},
			{"B,W2,O2,,fast\ufe0f,,,,,,", "line 3, column service: " + unseen + "FE0F"},
			{"B,W2,O2,,,collected\u200b,\u00a0,,,,\nB,W3,O3,,,,2026-11-01\u00a000:00:00,,,,",
				"line 3, column status: " + unseen + "200B\nline 3, column booked_at: " + unseen + "00A0\nline 4, column booked_at: " + unseen + "00A0"},
			{"B,W2,O2,,\u2028fast,,,,,,", "line 3, column service: " + unseen + "2028"},
			{"B,W\"2,O2,,,,,,,,", `line 3: bare " in non-quoted-field`},
			{"B,W2,O2,,,lost,,,,,", `line 3, column status: unknown status "lost"; known are [booked collected in_transit out_for_delivery signed cancelled]`},
			{"B,W2,O2,,,,yesterday,,,,", `line 3, column booked_at: "yesterday" is not a time like 2026-11-21T08:00:00+08:00 or 2026-11-21 00:00:00`},
			{"B,W2,O2,,,,1969-12-31 23:59:59,,,,", `line 3, column booked_at: "1969-12-31 23:59:59" is before 1970`},
			{"B,W2,O2,,,,9999-12-31T23:59:59-12:00,,,,", `line 3, column booked_at: "9999-12-31T23:59:59-12:00"` + ahead},
			{"B,W2,O2,,,collected,,2099-01-01 00:00:00,,,", `line 3, column collected_at: "2099-01-01 00:00:00"` + ahead},
			{"B,W2,O2,,,,,,2099-01-01 00:00:00,,", `line 3, column charged_at: "2099-01-01 00:00:00"` + ahead},
			{"B,W2,O2,,,signed,,,,2099-01-01 00:00:00,", `line 3, column signed_at: "2099-01-01 00:00:00"` + ahead},
			{"B,W2,O2,,,cancelled,,,,,2099-01-01 00:00:00", `line 3, column cancelled_at: "2099-01-01 00:00:00"` + ahead},
			{"B,W2,O2,,,cancelled,,,,,", "line 3, column cancelled_at: is empty, but the status is cancelled"},
			{"B,W2,O2,,,collected,,,,,2026-11-01 00:00:00", "line 3, column cancelled_at: is set, but the status is collected"},
			{"B,W2,O2,,,signed,,,,,", "line 3, column signed_at: is empty, but the status is signed"},
			{"B,W2,O2,,,,,,,2026-11-01 00:00:00,", "line 3, column signed_at: is set, but the status is empty, that is booked"},
			{"B,W2,O2,,,booked,,2026-11-01 00:00:00,,,", "line 3, column collected_at: is set, but the status is booked"},
			{"B,W1,O2,,,,,,,,", "line 3, column waybill_id: the waybill stands on line 2 already"},
			{"B,W2,O1,,,,,,,,", "line 3, column order_id: the order stands on line 2 already"},
			{"B,W8,O2,,,,,,,,\nB,W3,O3,,,,,,,,", "line 3, column waybill_id: the waybill belongs to another merchant"},
			{"B,W2,O9,,,,,,,,\nB,W3,O3,,,,,,,,", "line 3, column order_id: the order has another waybill: W9"},
			{"C,W2,O1,,,,,,,,", "line 3, column biz_id: no merchant has this id; import the merchants first"},
		},
		"services": {
			{",A,a,1,1,1,0", "line 3, column service_type: is empty"},
			{"-1,A,a,1,1,1,0", `line 3, column service_type: "-1"` + whole},
			{"1, ,a,1,1,1,0", "line 3, column service_name: is empty"},
			{"1," + x129 + ",a,1,1,1,0", "line 3, column service_name: " + long},
			{"1,A,,1,1,1,0", "line 3, column code: is empty"},
			{"1,A,a\x01b,1,1,1,0", "line 3, column code: has a control character"},
			{"1,A,a,,1,1,0", "line 3, column max_weight_kg: is empty"},
			{"1,A,a,0.000,1,1,0", "line 3, column max_weight_kg: is 0"},
			{"1,A,a,1.0005,1,1,0", `line 3, column max_weight_kg: "1.0005"` + fmt.Sprintf(figure, 3)},
			{"1,A,a,1,1.55,1,0", `line 3, column max_side_cm: "1.55"` + fmt.Sprintf(figure, 1)},
			{"1,A,a,1,0,1,0", "line 3, column max_side_cm: is 0"},
			{"1,A,a,1,1,1.0,0", `line 3, column max_pieces: "1.0"` + whole},
			{"1,A,a,1,1,0,0", "line 3, column max_pieces: is 0"},
			{"1,A,a,1,1,1,", "line 3, column max_insured_yuan: is empty"},
			{"1,A,a,1,1,1,0.001", `line 3, column max_insured_yuan: "0.001"` + fmt.Sprintf(figure, 2)},
			{"1,A,a,1,1,1,99999999999999999", `line 3, column max_insured_yuan: "99999999999999999"` + fmt.Sprintf(figure, 2)},
			{"1,标准\u200d快递,a,1,1,1,0", "line 3, column service_name: " + unseen + "200D"},
			{"1,A,1E+05,1,1,1,0", "line 3, column code: " + spreadsheet},
			{"1,A,a,1,1,1E+2,0", `line 3, column max_pieces: "1E+2"` + whole},
			{"1, 标准快递 ,a,1,1,1,1", "line 3, column service_name: the service stands on line 2 already"},
		},
		"areas": {
			{"广东,,,,true", "line 3, column collects: is empty"},
			{"广东,,,true,maybe", "line 3, column delivers: is neither true nor false"},
			{",广州,,true,true", "line 3: the city has no province"},
			{"广东,,天河区,true,true", "line 3: the area has no city"},
			{"重庆,,忠县,true,true", "line 3: the area has no city"},
			{strings.Repeat("广", 22) + ",,,true,true", "line 3, column province: is too long: at most 64 bytes"},
			{"广东,广\x02州,,true,true", "line 3, column city: has a control character"},
			{" , ,,false,false", "line 3: the same place stands on line 2 already"},
			{"广东,,,true\u200b,true", "line 3, column collects: " + unseen + "200B"},
			{"广东,广州市\u200b,,true,true", "line 3, column city: " + unseen + "200B"},
			{"重庆市,市辖区,渝中区,true,true\n重庆,重庆市,渝中区,true,true", "line 4: the same place stands on line 3 already"},
			{"广西壮族自治区,桂林市,,true,true\n广西,桂林,,true,true", "line 4: the same place stands on line 3 already"},
		},
		"routes": {
			{"广东,,,,1", "line 3, column key: is empty"},
			{"广东,,,a,", "line 3, column value: is empty"},
			{"广东,,,a##b,1", "line 3, column key: " + marks},
			{"广东,,,a,=B2", "line 3, column value: " + fmt.Sprintf(begins, "=")},
			{"广东,,,a\u00ad,1", "line 3, column key: " + unseen + "00AD"},
			{"广东,,,a,1#", "line 3, column value: " + marks},
			{"广东,,,a,#", "line 3, column value: " + marks},
			{"广东,,,a," + x129, "line 3, column value: " + long},
			{",广州,,a,1", "line 3: the city has no province"},
			{"广东,广州,,x,1", "line 3: the same place is written differently on line 2"},
			{"广东省,广州市,,mark,2", "line 3, column key: the key of this place stands on line 2 already"},
		},
		"ranges": {
			{",A,1,none,0,9,carrier", "line 3, column name: is empty"},
			{"w,A,1,none,0,9,carrier", "line 3, column name: the range stands on line 2 already"},
			{"a,A\x03,1,none,0,9,carrier", "line 3, column prefix: has a control character"},
			{"@a,A,1,none,0,9,carrier", "line 3, column name: " + fmt.Sprintf(begins, "@")},
			{"a,A\u200b,1,none,0,9,carrier", "line 3, column prefix: " + unseen + "200B"},
			{"a,A,1,none,0,1E+12,carrier", `line 3, column last: "1E+12"` + whole},
			{"a,单,1,none,0,9,carrier", "line 3: the prefix has characters that a bar code cannot show"},
			{"a,A,0,none,0,9,carrier", "line 3, column width: is 0"},
			{"a,A,19,none,0,9,carrier", "line 3: the width is 19, not 1 to 18"},
			{"a,A,99999999999,none,0,9,carrier", "line 3: the width is 1000000, not 1 to 18"},
			{"a,A,1,crc,0,9,carrier", `line 3, column check_digit: "crc" is none of [none mod10 mod11]`},
			{"a,A,1,,0,9,carrier", `line 3, column check_digit: "" is none of [none mod10 mod11]`},
			{"a,A,1,none,-1,9,carrier", `line 3, column first: "-1"` + whole},
			{"a,A,1,none,0,,carrier", "line 3, column last: is empty"},
			{"a,A,1,none,5,4,carrier", "line 3: serial numbers from 5 to 4 are none"},
			{"a,A,1,none,5,10,carrier", "line 3: serial number 10 has more than 1 digits"},
			{"a,A,1,none,0,9,me", `line 3, column owner: "me" is neither wechat nor carrier`},
			{"a,WX,9,none,0,999999999,carrier\nb,WX0,9,none,5,5,carrier", "line 4: could have the same number as the range w on line 2"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, s := newDatabase(t, "B"), samples[name]
			d.do(`INSERT INTO waybill (biz_id, waybill_id, order_id) VALUES ('A', 'W8', 'O8'), ('B', 'W9', 'O9')`)
			for _, line := range lines {
				d.refused(s.kind, s.header+"\n"+s.line+"\n"+line[0]+"\n", strings.Split(line[1], "\n")...)
			}
		})
	}
}

// No error shows a password or a secret, wherever it stands in the file.
func TestProblemsBesideSecrets(t *testing.T) {
	t.Parallel()
	const secret, flag = "s3cr3t-s3cr3t", "is neither true nor false"
	const isNew = "line 2, column biz_pwd: the merchant is new: it needs a password in the column biz_pwd, or true in the column no_password"
	const empty = "line 2, column biz_pwd: is empty: a merchant that needs no password has true in the column no_password"
	const rounded = "is a number that a spreadsheet has rounded, as in 6.1E+11: format the column as text and export the file again"
	d := newDatabase(t)
	for _, tt := range []struct{ kind, file, want string }{
		{"merchants", "biz_id,biz_pwd\nA," + strings.Repeat(secret, 6), "line 2, column biz_pwd: is longer than 72 bytes"},
		{"merchants", "biz_id,no_password,cancel_allowed\nA,yes," + secret, "line 2, column cancel_allowed: " + flag},
		{"merchants", "biz_id,no_password\nA," + secret, "line 2, column no_password: " + flag},
		{"merchants", "biz_id\n" + strings.Repeat(secret, 10), "line 2, column biz_id: is too long: at most 128 bytes"},
		{"merchants", "biz_id,biz_pwd\n" + secret + ",x\n" + secret + ",y", "line 3, column biz_id: the merchant stands on line 2 already"},
		{"merchants", "biz_id,biz_pwd\nA," + secret + ",x", "line 2: has 3 fields, but the header has 2"},
		{"merchants", "biz_id,biz_pwd\nA," + secret + "\xff", "line 2, column biz_pwd: is not UTF-8: save the file as CSV UTF-8; it was not read further"},
		{"merchants", "biz_id,biz_pwd\nA," + secret + `"`, `line 2: bare " in non-quoted-field`},
		{"merchants", "biz_id,biz_pwd,no_password\nA," + secret + ",yes", "line 2, column no_password: is true, and there is a password"},
		{"merchants", "biz_id,biz_pwd\n" + strings.Repeat("x", 200) + ",y\nB," + secret, "line 2, column biz_id: is too long: at most 128 bytes"},
		{"merchants", "biz_id,biz_pwd\nA,", empty},
		{"merchants", "biz_id,biz_pwd,no_password\nA,,no", empty},
		{"merchants", "biz_id,quota\nA,1", isNew},
		{"merchants", "biz_id,no_password\nA,no\nB,yes", isNew},
		{"merchants", "biz_id,quota\nA,-1", "line 2, column quota: is not a whole number from 0 to 1000000000000"},
		{"merchants", "biz_id,quota\nA,1.5", "line 2, column quota: is not a whole number from 0 to 1000000000000"},
		{"merchants", "biz_id,quota\nA," + secret, "line 2, column quota: is not a whole number from 0 to 1000000000000"},
		{"merchants", "biz_id,quota\nA,1000000000001", "line 2, column quota: is not a whole number from 0 to 1000000000000"},
		{"merchants", "biz_id,biz_pwd\nA," + secret + "\u200b", "line 2, column biz_pwd: has an invisible character, U+200B"},
		{"merchants", "biz_id,no_password\nA,yes\u200b", "line 2, column no_password: has an invisible character, U+200B"},
		{"merchants", "biz_id,biz_pwd\nA,1.23457E+17", "line 2, column biz_pwd: " + rounded},
		{"merchants", "biz_id,biz_pwd\nA,\"=\"\"" + secret + "\"\"\"", "line 2, column biz_pwd: is a formula of a spreadsheet: export the file with values only"},
		{"merchants", "biz_id,biz_pwd\n=" + secret + ",x", "line 2, column biz_id: begins with =, as what a spreadsheet makes of a text: export the file with values only"},
		{"shops", "shop_id,secret\nA,\uFEFF" + secret, "line 2, column secret: has an invisible character, U+FEFF"},
		{"shops", "shop_id,secret\nA,1.23457E+17", "line 2, column secret: " + rounded},
		{"shops", "shop_id,secret\n+" + secret + ",x", "line 2, column shop_id: begins with +, as what a spreadsheet makes of a text: export the file with values only"},
		{"shops", "shop_id,secret\nA,", "line 2, column secret: is empty"},
		{"shops", "shop_id,secret\nA,\u3000 ", "line 2, column secret: is empty"},
		{"shops", "shop_id,secret\nA,s3cr3t ", "line 2, column secret: has white space around it"},
		{"shops", "shop_id,secret\nA,s3cr3t\tx", "line 2, column secret: has control characters in it"},
		{"shops", "shop_id,secret\nA," + strings.Repeat(secret, 20)[:257], "line 2, column secret: is longer than 256 bytes"},
		{"shops", "shop_id,secret,active\nA,x," + secret, "line 2, column active: " + flag},
		{"shops", "shop_id,secret\n" + strings.Repeat(secret, 20) + ",x", "line 2, column shop_id: is too long: at most 128 bytes"},
		{"shops", "shop_id,secret\n" + secret + ",x\n" + secret + ",y", "line 3, column shop_id: the shop stands on line 2 already"},
		{"shops", "shop_id,secret," + secret, "line 1, column 3: the header must name one of shop_id, secret, active here"},
	} {
		d.refused(samples[tt.kind].kind, tt.file, tt.want)
	}
}

// A header that cannot be trusted stops the import before anything is read.
func TestHeaderProblems(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	const known = "the header must name one of biz_id, biz_pwd, no_password, cancel_allowed, quota here"
	const utf16 = "line 1: the file is UTF-16: save it as CSV UTF-8"
	for file, want := range map[string][]string{
		"":                {"line 1: the file is empty; its first line must name the columns"},
		"biz_id,colour\n": {"line 1, column 2: " + known},
		"B,s3cr3t,true\n": {"line 1, column 1: " + known, "line 1, column 2: " + known, "line 1, column 3: " + known,
			"line 1, column biz_id: is missing in the header"},
		"biz_id,biz_id\n":                   {"line 1, column biz_id: stands in the header twice"},
		"\uFEFF\uFEFFbiz_id,biz_pwd\nB,x\n": {"line 1, column biz_id: has an invisible character, U+FEFF"},
		"biz_id,biz_\u200bpwd\u00a0\n":      {"line 1, column biz_pwd: has an invisible character, U+200B"},
		"\n\nbiz_pwd\n":                     {"line 3, column biz_id: is missing in the header"},
		"\xff\n":                            {"line 1, column 1: is not UTF-8: save the file as CSV UTF-8; it was not read further"},
		"\xff\xfeb\x00\n\x00":               {utf16},
		"\xfe\xff\x00b":                     {utf16},
		"b\x00i\x00z\x00":                   {utf16},
		"biz\"id\n":                         {`line 1: bare " in non-quoted-field`},
	} {
		d.refused(csvimport.Merchants, file, want...)
	}
	// A file without lines does not empty a table.
	for _, s := range samples {
		if s.kind.Replaces() {
			d.refused(s.kind, "\n"+s.header+"\n", "line 2: the file has no lines; with an empty table no order could be accepted")
			d.refused(s.kind, s.header+"\n,,\n", "line 2: the file has no lines; with an empty table no order could be accepted")
		}
	}
}

// Rows of empty cells are no lines, wherever they stand and however many cells they have.
func TestEmptyRows(t *testing.T) {
	t.Parallel()
	newDatabase(t).imports(csvimport.Merchants, "2 new",
		"biz_id,biz_pwd", ",", "A,x", "", ",,,", "B,y", ",", ",")
}

// All problems are counted and the first hundred named, in the order of the file,
// whether they were found line by line or in the file as a whole.
func TestManyProblems(t *testing.T) {
	t.Parallel()
	d := newDatabase(t, "B")
	lines := []string{"biz_id,waybill_id,order_id"}
	for i := range 150 {
		lines = append(lines, fmt.Sprintf("nobody,W%d,O%[1]d\n,V%[1]d,P%[1]d", i))
	}
	_, err := d.load(csvimport.Waybills, lines...)
	bad, ok := errors.AsType[*csvimport.Error](err)
	if !ok || len(bad.First) != 100 || bad.Count != 300 {
		t.Fatalf("got %v, want 100 of 300 problems", err)
	}
	for i, f := range bad.First {
		if f.Line != int64(i+2) {
			t.Fatalf("problem %d is of line %d", i, f.Line)
		}
	}
	if text := err.Error(); !strings.HasPrefix(text, "nothing was loaded\nline 2, column biz_id: ") || !strings.HasSuffix(text, "\nand 200 more") {
		t.Errorf("got %q", text)
	}
}
