package express

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"time"

	"carrierhook/internal/sandbox"
)

// maxTemplate is the longest template, in base64.
const maxTemplate = 512 << 10

// command is a part of a template that is replaced: its name, and a key or another
// argument. What else begins with ## is a fault.
var command = regexp.MustCompile(`##(?:(VAR|TIME|STRBLOAT|CODE128|QRCODE|WXASUNCODE)\((?:VAR\(([^()]*)\)|([^()]*))\))?`)

// picture stands for a bar code and its like, which the sandbox does not draw: one black
// point, as PNG.
const picture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="

// timeLayouts are the arguments of TIME. It is Beijing's time.
var timeLayouts = map[string]string{"DATE": "2006/01/02", "TIME": "15:04:05", "FULL": "2006/01/02 15:04:05"}

// previewAnswer has no errcode, like WeChat's sample.
type previewAnswer struct {
	WaybillID string `json:"waybill_id"`
	Rendered  string `json:"rendered_waybill_template"` // base64
}

// previewTemplate fills a carrier's label for it to look at. The waybill need not exist: it
// does not in WeChat's sample.
func (a *API) previewTemplate(r sandbox.Request) (any, *sandbox.Failure) {
	p := preview{
		waybillID: r.ID("waybill_id", sandbox.MaxID), app: a.core.Apps[0].ID, now: a.core.Now().In(sandbox.Beijing), data: map[string]string{},
	}
	template, data := r.Must("waybill_template", r.Text("waybill_template", maxTemplate)), r.Must("waybill_data", r.Text("waybill_data", maxTemplate))
	if r.Part("custom", true) != nil {
		r.Into("custom", &p.custom)
	}
	if r.Failure() != nil {
		return nil, r.Failure()
	}
	text, err := base64.StdEncoding.DecodeString(template)
	if err != nil {
		return nil, sandbox.Fail(codeTemplate, "it is not base64")
	}
	parts, err := sandbox.ParseLabel(data)
	if err != nil {
		return nil, sandbox.Fail(codeCarrierFailed, "waybill_data is not of the form ##key##value##")
	}
	for _, part := range parts {
		p.data[part.Key] = part.Value
	}
	page, ok := p.render(string(text))
	if !ok {
		return nil, sandbox.Fail(codeTemplate, "something after ## is no command of the page")
	}
	return previewAnswer{p.waybillID, base64.StdEncoding.EncodeToString([]byte(page))}, nil
}

// preview is what a template is filled with.
type preview struct {
	waybillID, app string
	now            time.Time
	data           map[string]string
	custom         map[string]json.RawMessage // an order/add
}

func (p preview) render(template string) (page string, ok bool) {
	ok = true
	page = command.ReplaceAllStringFunc(template, func(text string) string {
		m := command.FindStringSubmatch(text)
		name, key, plain := m[1], m[2], m[3]
		value := plain
		if name == "VAR" {
			key = plain
		}
		if key != "" {
			value = p.value(key)
		}
		switch name {
		case "VAR":
			return html.EscapeString(value)
		case "STRBLOAT":
			return html.EscapeString(strings.Join(strings.Split(value, ""), " "))
		case "CODE128", "QRCODE", "WXASUNCODE":
			return picture
		}
		layout := timeLayouts[plain]
		ok = ok && name == "TIME" && layout != ""
		return p.now.Format(layout)
	})
	return page, ok
}

// value is what a key stands for, "" for one that is not there.
func (p preview) value(key string) string {
	kind, name, _ := strings.Cut(key, ".")
	switch {
	case key == "sys.waybillid":
		return p.waybillID
	case key == "sys.wxaappid":
		return p.app
	case kind == "waybilldata":
		return p.data[name]
	case kind == "custom":
		return member(p.custom, name)
	}
	return ""
}

// member is a text or a number at a path of an object.
func member(at map[string]json.RawMessage, path string) (text string) {
	name, rest, deeper := strings.Cut(path, ".")
	raw := at[name]
	if deeper {
		var inner map[string]json.RawMessage
		if json.Unmarshal(raw, &inner) != nil {
			return ""
		}
		return member(inner, rest)
	}
	var number json.Number
	if json.Unmarshal(raw, &text) != nil && json.Unmarshal(raw, &number) == nil {
		text = number.String()
	}
	return text
}
