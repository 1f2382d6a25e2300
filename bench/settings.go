package main

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// renamed lists the names of one setting of the server, each as the bench would
// write it, with _ for the dot. A change that renames a setting which the bench sets adds
// its names, so that -beside reaches over that change.
var renamed = [][]string{
	{"database_batch_workers", "database_sets"},
	{"database_batch_size", "database_set_size"},
}

// dispensable settings are left out where a program does not have them. Without
// any other a case would not be what its name says: the program is given it all
// the same, and refuses it by name.
var dispensable = []string{"shutdown_drain"}

var settingLine = regexp.MustCompile(`^( *)([a-z_]+):`)

// settingNames reads config.yaml, which lists every setting that a program has.
func settingNames(config string) map[string]bool {
	names := map[string]bool{}
	var path []string
	for line := range strings.Lines(config) {
		found := settingLine.FindStringSubmatch(line)
		if found == nil || len(found[1])/2 > len(path) {
			continue
		}
		path = append(path[:len(found[1])/2], found[2])
		names[strings.Join(path, "_")] = true
	}
	return names
}

// setting is what a program that knows these names calls a setting; "" if it is to
// do without.
func setting(name string, known map[string]bool, renamed [][]string) string {
	if known[name] {
		return name
	}
	for _, names := range renamed {
		if slices.Contains(names, name) {
			for _, other := range names {
				if known[other] {
					return other
				}
			}
		}
	}
	if slices.Contains(dispensable, name) {
		return ""
	}
	return name
}

// env is the environment of the real server, whole: nothing of ours may leak into
// what is measured.
func (p *product) env(url string, settings map[string]string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}
	all := map[string]string{
		"listen": "127.0.0.1:0", "internal_listen": "127.0.0.1:0", "shutdown_drain": "0s",
		"database_url": url, "wechat_max_in_flight": strconv.Itoa(inFlight),
		"wechat_user_name": userName, "wechat_app_id": appID, "wechat_token": pushToken, "wechat_aes_key": aesKey,
	}
	maps.Copy(all, settings)
	for key, value := range all {
		if name := setting(key, p.known, renamed); name != "" {
			env = append(env, "CARRIERHOOK_"+strings.ToUpper(name)+"="+value)
		}
	}
	return env
}
