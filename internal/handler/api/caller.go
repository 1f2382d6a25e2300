package api

// caller is one who may call.
type caller struct{ Token }
