package main

import (
	"maps"
	"os"
	"strconv"
	"strings"
)

// env is the environment of the real server, whole: nothing of ours may leak into
// what is measured. A program that does not know one of these settings refuses it by name.
func env(url string, settings map[string]string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}
	all := map[string]string{
		"listen": "127.0.0.1:0", "internal_listen": "127.0.0.1:0", "shutdown_drain": "0s",
		"database_url": url, "wechat_max_in_flight": strconv.Itoa(inFlight),
		"wechat_user_name": userName, "wechat_app_id": appID, "wechat_token": pushToken, "wechat_aes_key": aesKey,
	}
	maps.Copy(all, settings)
	for key, value := range all {
		env = append(env, "CARRIERHOOK_"+strings.ToUpper(key)+"="+value)
	}
	return env
}
