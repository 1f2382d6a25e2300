package delivery

import "math"

// A degree is a million of what a Point counts in.
const (
	degree = 1_000_000
	maxLng = 180 * degree
	maxLat = 90 * degree
)

// earth is the mean radius of the earth in metres.
const earth = 6_371_008.8

// plausible tells whether a point can be a place. 0, 0 is in the sea: it is what
// is sent by who has no coordinates.
func (p Point) plausible() bool {
	return p != Point{} && p.Lng >= -maxLng && p.Lng <= maxLng && p.Lat >= -maxLat && p.Lat <= maxLat
}

// radians gives the latitude and the longitude.
func (p Point) radians() (lat, lng float64) {
	return float64(p.Lat) / degree * math.Pi / 180, float64(p.Lng) / degree * math.Pi / 180
}

// Metres is how far two points are from each other, as the crow flies, on a
// round earth: the great circle, to the nearest metre. GCJ-02 is bent by some
// hundred metres, but evenly so nearby.
func Metres(a, b Point) int64 {
	latA, lngA := a.radians()
	latB, lngB := b.radians()
	sinLat, sinLng := math.Sin((latB-latA)/2), math.Sin((lngB-lngA)/2)
	h := sinLat*sinLat + math.Cos(latA)*math.Cos(latB)*sinLng*sinLng
	return int64(math.Round(2 * earth * math.Asin(math.Sqrt(min(h, 1)))))
}

// fromBaidu turns BD-09 into GCJ-02, by the formula that everybody uses: Baidu
// has published none. What comes out is within a metre of what Baidu says.
func fromBaidu(p Point) Point {
	const turn = math.Pi * 3000 / 180
	x, y := float64(p.Lng)/degree-0.0065, float64(p.Lat)/degree-0.006
	z := math.Sqrt(x*x+y*y) - 0.00002*math.Sin(y*turn)
	theta := math.Atan2(y, x) - 0.000003*math.Cos(x*turn)
	return Point{Lng: int64(math.Round(z * math.Cos(theta) * degree)), Lat: int64(math.Round(z * math.Sin(theta) * degree))}
}
