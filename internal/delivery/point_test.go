package delivery

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Pairs that other implementations have published: coordtransform's example, and
// two of a Kotlin one's tests.
func TestFromBaidu(t *testing.T) {
	for _, tt := range []struct{ bd, gcj Point }{
		{Point{Lng: 116_404_000, Lat: 39_915_000}, Point{Lng: 116_397_627, Lat: 39_908_657}},
		{Point{Lng: 118_765_196, Lat: 30_946_576}, Point{Lng: 118_758_660, Lat: 30_940_779}},
		{Point{Lng: 114_066_112, Lat: 22_548_515}, Point{Lng: 114_059_560, Lat: 22_542_860}},
	} {
		got := fromBaidu(tt.bd)
		if off := max(abs(got.Lng-tt.gcj.Lng), abs(got.Lat-tt.gcj.Lat)); off > 1 { // the two are published with more digits
			t.Errorf("%d %d, want %d %d", got.Lng, got.Lat, tt.gcj.Lng, tt.gcj.Lat)
		}
	}
	if got := fromBaidu(Point{Lng: 116_404_000, Lat: 39_915_000}); got != (Point{Lng: 116_397_627, Lat: 39_908_657}) {
		t.Errorf("%d %d", got.Lng, got.Lat)
	}
}

func abs(n int64) int64 { return max(n, -n) }

// Distances that were computed elsewhere: by the angle of two vectors, with the
// same radius. The first is that of WeChat's samples.
func TestMetres(t *testing.T) {
	for _, tt := range []struct {
		a, b Point
		want int64
	}{
		{Point{Lng: 116_383_075, Lat: 40_448_612}, Point{Lng: 116_506_030, Lat: 40_152_960}, 34_489},    // 34489.0106
		{Point{Lng: 116_397_499, Lat: 39_908_722}, Point{Lng: 121_490_317, Lat: 31_245_417}, 1_067_262}, // Beijing to Shanghai, 1067261.586
		{Point{Lng: -124_323, Lat: 51_487_263}, Point{Lng: -77_146_700, Lat: 38_951_700}, 5_902_551},    // London to Washington, 5902550.989
		{Point{Lng: 179_000_000, Lat: 0}, Point{Lng: -179_000_000, Lat: 0}, 222_390},
		{Point{Lng: 0, Lat: 90_000_000}, Point{Lng: 0, Lat: -90_000_000}, 20_015_114},
		{Point{Lng: 10_000_000, Lat: 0}, Point{Lng: -170_000_000, Lat: 0}, 20_015_114},
		{Point{Lng: 30_000_000, Lat: 80_000_000}, Point{Lng: -150_000_000, Lat: 80_000_000}, 2_223_902}, // over the pole
		{Point{Lng: 114_059_560, Lat: 22_542_860}, Point{Lng: 114_059_600, Lat: 22_543_200}, 38},        // 38.029
		{Point{Lng: 116_400_000, Lat: 39_900_000}, Point{Lng: 116_400_010, Lat: 39_900_000}, 1},         // 0.853
		{Point{Lng: 116_400_000, Lat: 39_900_000}, Point{Lng: 116_400_001, Lat: 39_900_000}, 0},         // 0.085
		{Point{Lng: 116_400_000, Lat: 39_900_000}, Point{Lng: 116_400_000, Lat: 39_900_000}, 0},
	} {
		if got := Metres(tt.a, tt.b); got != tt.want {
			t.Errorf("%+v to %+v: %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

func points() *rapid.Generator[Point] {
	return rapid.Custom(func(t *rapid.T) Point {
		return Point{Lng: rapid.Int64Range(-maxLng, maxLng).Draw(t, "lng"), Lat: rapid.Int64Range(-maxLat, maxLat).Draw(t, "lat")}
	})
}

// A distance is the same from both ends, never negative or more than half of the
// earth, and no longer than by way of another point.
func TestMetresIsADistance(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := points().Draw(t, "a"), points().Draw(t, "b"), points().Draw(t, "c")
		ab := Metres(a, b)
		if ab != Metres(b, a) || ab < 0 || ab > int64(math.Ceil(math.Pi*earth)) || Metres(a, a) != 0 {
			t.Fatalf("%d there, %d back", ab, Metres(b, a))
		}
		if by := Metres(a, c) + Metres(c, b); ab > by+2 {
			t.Fatalf("%d, and %d by way of another", ab, by)
		}
	})
}

// A point of Baidu's is a kilometre from its own in GCJ-02, and in its south
// west.
func TestBaiduIsNear(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := Point{Lng: rapid.Int64Range(73_000_000, 135_000_000).Draw(t, "lng"), Lat: rapid.Int64Range(18_000_000, 53_000_000).Draw(t, "lat")}
		got := fromBaidu(p)
		if m := Metres(p, got); m < 500 || m > 1500 || got.Lng >= p.Lng || got.Lat >= p.Lat {
			t.Fatalf("%d metres", m)
		}
	})
}
