package main

import (
	"context"
	"strconv"
	"strings"
)

// tuning measures the server with other settings than its own, to see whether
// they would be better ones. It is no part of the usual run.
func (b *bench) tuning(ctx context.Context) error {
	if _, err := b.prepareWorld(ctx); err != nil {
		return err
	}
	w := b.worlds[0]
	trials := []trial{b.loadTrial("tuning none", "the server as it is", b.served(w, secureXML, nil))}
	vary := func(name, what string, sub subject) {
		trials = append(trials, b.loadTrial("tuning "+name, what, sub))
	}
	for _, sets := range []string{"1", "3", "4"} {
		vary("sets "+sets, "database.sets "+sets, b.served(w, secureXML, map[string]string{"database_sets": sets}))
	}
	for _, size := range []string{"16", "64"} {
		vary("set size "+size, "database.set_size "+size, b.served(w, secureXML, map[string]string{"database_set_size": size}))
	}
	for _, gogc := range []string{"200", "400"} {
		sub := b.served(w, secureXML, nil)
		sub.env = append(sub.env, "GOGC="+gogc)
		vary("gogc "+gogc, "the garbage collector at "+gogc+" % instead of 100", sub)
	}
	for _, conns := range b.plan.Conns {
		sub := b.served(w, secureXML, nil)
		sub.conns = conns
		vary("connections "+strconv.Itoa(conns), strconv.Itoa(conns)+" pushes under way", sub)
	}
	generic := b.served(w, secureXML, map[string]string{"database_url": withOptions(w.url, "-c plan_cache_mode=force_generic_plan")})
	vary("generic plans", "plan_cache_mode force_generic_plan", generic)
	results, err := b.interleave(ctx, trials)
	b.add(results...)
	return err
}

// withOptions adds options to the sessions of a URL.
func withOptions(url, options string) string {
	if options == "" {
		return url
	}
	return url + "&options=" + strings.NewReplacer(" ", "%20", "=", "%3D").Replace(options)
}
