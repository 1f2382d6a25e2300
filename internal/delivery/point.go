package delivery

import "math"

// A Point counts in millionths of a degree.
const (
	degree = 1_000_000
	maxLng = 180 * degree
	maxLat = 90 * degree
)

// earth is the mean radius of the earth in metres.
const earth = 6_371_008.8

// plausible reports whether a point can be a location. 0, 0 is in the sea: it is sent when
// there are no coordinates.
func (p Point) plausible() bool {
	return p != Point{} && p.Lng >= -maxLng && p.Lng <= maxLng && p.Lat >= -maxLat && p.Lat <= maxLat
}

// radians is the latitude and the longitude.
func (p Point) radians() (lat, lng float64) {
	return float64(p.Lat) / degree * math.Pi / 180, float64(p.Lng) / degree * math.Pi / 180
}

// Metres is the great-circle distance of two points, to the nearest metre. GCJ-02 shifts
// points by some hundred metres, but near points alike.
func Metres(a, b Point) int64 {
	latA, lngA := a.radians()
	latB, lngB := b.radians()
	sinLat, sinLng := math.Sin((latB-latA)/2), math.Sin((lngB-lngA)/2)
	h := sinLat*sinLat + math.Cos(latA)*math.Cos(latB)*sinLng*sinLng
	return int64(math.Round(2 * earth * math.Asin(math.Sqrt(min(h, 1)))))
}

// fromBaidu converts BD-09 to GCJ-02 by the usual formula, as Baidu has published none. The
// result is within a metre of Baidu's own.
func fromBaidu(p Point) Point {
	const turn = math.Pi * 3000 / 180
	x, y := float64(p.Lng)/degree-0.0065, float64(p.Lat)/degree-0.006
	z := math.Sqrt(x*x+y*y) - 0.00002*math.Sin(y*turn)
	theta := math.Atan2(y, x) - 0.000003*math.Cos(x*turn)
	return Point{Lng: int64(math.Round(z * math.Cos(theta) * degree)), Lat: int64(math.Round(z * math.Sin(theta) * degree))}
}
