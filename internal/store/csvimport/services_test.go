package csvimport_test

import "testing"

// A waybill that can still be cancelled has a service that there is, or none: what is
// agreed for the right one would not hold for a misspelt one.
func TestWaybillsOfUnknownServices(t *testing.T) {
	t.Parallel()
	d := newDatabase(t, "B")
	d.with("waybills", "1 new", "B,W0,O0,,old,,,,,,") // there are no services yet
	d.with("services", "1 new", "1,标准快递,standard,50,150,1,20000")
	const unknown = ", column service: no service has this code; import the services first, or leave it empty"
	d.refused(samples["waybills"].kind, samples["waybills"].header+"\nB,W1,O1,,standart,,,,,,\nB,W2,O2,,Standard,booked,,,,,\nB,W3,O3,,\"standard，eco\",,,,,,\nB,W0,O0,,old2,,,,,,\n",
		"line 2"+unknown, "line 3"+unknown, "line 4"+unknown, "line 5"+unknown)
	d.with("waybills", "3 new, 1 changed",
		"B,W1,O1,,standard,,,,,,", "B,W2,O2,,,,,,,,", "B,W3,O3,,long-gone,collected,,2026-11-01T00:00:00Z,,,", "B,W0,O0,wx1,old,,,,,,")
}

// A code has nothing in it that lists of codes have between two.
func TestServiceCodes(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	const separator = ", column code: has a comma or a semicolon in it"
	d.refused(samples["services"].kind, samples["services"].header+"\n1,标准快递,\"a,b\",50,150,1,20000\n2,经济快递,a，b,50,150,1,20000\n3,经济快递,a；b,50,150,1,20000\n4,经济快递,a、b,50,150,1,20000\n",
		"line 2"+separator, "line 3"+separator, "line 4"+separator, "line 5"+separator)
}
