// Command silenceper calls WeChat's paths at a URL with the SDK of that name, as a
// merchant or a carrier does. It reads and prints what easywechat.cjs does.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"

	"github.com/silenceper/wechat/v2"
	"github.com/silenceper/wechat/v2/cache"
	"github.com/silenceper/wechat/v2/credential"
	"github.com/silenceper/wechat/v2/domain/openapi"
	"github.com/silenceper/wechat/v2/miniprogram"
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

// given is what is read. Force wants a new token first.
type given struct {
	App, Secret   string
	Stable, Force bool
	Calls         []call
}

type call struct {
	Path string
	Body any
}

func run(url string) (map[string]any, error) {
	var g given
	if err := json.NewDecoder(os.Stdin).Decode(&g); err != nil {
		return nil, err
	}
	util.SetURIModifier(func(u string) string { return strings.Replace(u, host, url, 1) })
	if g.Force {
		stable := credential.NewStableAccessToken(g.App, g.Secret, "", cache.NewMemory()).(*credential.StableAccessToken)
		if _, err := stable.GetAccessTokenDirectly(context.Background(), true); err != nil {
			return nil, err
		}
	}
	app := wechat.NewWechat().GetMiniProgram(&config.Config{
		AppID: g.App, AppSecret: g.Secret, Cache: cache.NewMemory(), UseStableAK: g.Stable,
	})
	token, err := app.GetContext().GetAccessToken()
	if err != nil {
		return nil, err
	}
	answers := []any{}
	for _, c := range g.Calls {
		answer, err := c.make(app)
		if refused := new(util.CommonError); errors.As(err, &refused) {
			answer, err = refused, nil
		}
		if err != nil {
			return nil, err
		}
		answers = append(answers, answer)
	}
	return map[string]any{"token": token, "answers": answers}, nil
}

// make calls by the SDK's own function where it has one.
func (c call) make(app *miniprogram.MiniProgram) (any, error) {
	switch c.Path {
	case "/cgi-bin/openapi/quota/get":
		return app.GetOpenAPI().GetAPIQuota(openapi.GetAPIQuotaParams{CgiPath: c.Body.(map[string]any)["cgi_path"].(string)})
	case "/cgi-bin/clear_quota":
		return util.CommonError{}, app.GetOpenAPI().ClearQuota()
	}
	token, err := app.GetContext().GetAccessToken()
	if err != nil {
		return nil, err
	}
	answer, err := util.PostJSON(host+c.Path+"?access_token="+token, c.Body)
	return json.RawMessage(answer), err
}
