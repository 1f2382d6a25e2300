// Command silenceper calls WeChat's paths at a URL with the SDK of that name, as a
// merchant does. It reads and prints what easywechat.cjs does.
package main

import (
	"encoding/json"
	"os"
	"strings"

	"github.com/silenceper/wechat/v2"
	"github.com/silenceper/wechat/v2/cache"
	"github.com/silenceper/wechat/v2/miniprogram/config"
	"github.com/silenceper/wechat/v2/util"
)

const host = "https://api.weixin.qq.com"

func main() {
	said, err := run(os.Args[1])
	if err != nil {
		said = map[string]any{"failed": err.Error()}
	}
	if err := json.NewEncoder(os.Stdout).Encode(said); err != nil {
		panic(err)
	}
}

func run(url string) (map[string]any, error) {
	var given struct {
		Secret string
		Stable bool
		Calls  []struct {
			Path string
			Body any
		}
	}
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		return nil, err
	}
	util.SetURIModifier(func(u string) string { return strings.Replace(u, host, url, 1) })
	app := wechat.NewWechat().GetMiniProgram(&config.Config{
		AppID: "wxABCD", AppSecret: given.Secret, Cache: cache.NewMemory(), UseStableAK: given.Stable,
	})
	token, err := app.GetContext().GetAccessToken()
	if err != nil {
		return nil, err
	}
	answers := []json.RawMessage{}
	for _, call := range given.Calls {
		answer, err := util.PostJSON(host+call.Path+"?access_token="+token, call.Body)
		if err != nil {
			return nil, err
		}
		answers = append(answers, answer)
	}
	return map[string]any{"token": token, "answers": answers}, nil
}
