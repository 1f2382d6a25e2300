package csvimport_test

import "carrierhook/internal/store/csvimport"

// sample is a kind of file with its table, a header with all columns, and a good line.
type sample struct {
	kind                csvimport.Kind
	table, header, line string
}

var samples = map[string]sample{
	"merchants": {csvimport.Merchants, "merchant", "biz_id,biz_pwd,no_password,cancel_allowed,quota", "M,pw,,yes,7"},
	"waybills":  {csvimport.Waybills, "waybill", "biz_id,waybill_id,order_id,shop_app_id,service,status,booked_at,collected_at,charged_at,signed_at,cancelled_at", "B,W1,O1,,,,,,,,"},
	"shops":     {csvimport.Shops(false), "shop", "shop_id,secret,active", "S,secret,no"},
	"services":  {csvimport.Services, "service", "service_type,service_name,code,max_weight_kg,max_side_cm,max_pieces,max_insured_yuan", "1,标准快递,standard,50,150,1,20000"},
	"areas":     {csvimport.Areas, "area", "province,city,area,collects,delivers", ",,,true,true"},
	"routes":    {csvimport.Routes, "route", "province,city,area,key,value", "广东省,广州市,,mark,888-666"},
	"ranges":    {csvimport.Ranges, "number_range", "name,prefix,width,check_digit,first,last,owner", "w,WX,10,none,1,9999999999,wechat"},
}

// with imports lines under the header that has all columns.
func (d *database) with(name, want string, lines ...string) csvimport.Report {
	d.Helper()
	return d.imports(samples[name].kind, want, append([]string{samples[name].header}, lines...)...)
}
