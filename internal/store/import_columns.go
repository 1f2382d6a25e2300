package store

// ImportColumns are the columns of a file that can be imported.
type ImportColumns struct{ Required, Optional []string }

// ImportKinds are the columns of each kind of file, by its name.
func ImportKinds() map[string]ImportColumns {
	shops := shopImport(nil, false)
	return map[string]ImportColumns{
		"merchants": {merchantImport.required, merchantImport.optional},
		"waybills":  {waybillImport.required, waybillImport.optional},
		"shops":     {shops.required, shops.optional},
		"services":  {Required: serviceTable.header},
		"areas":     {Required: areaTable.header},
		"routes":    {Required: routeTable.header},
		"ranges":    {Required: rangeTable.header},
	}
}
